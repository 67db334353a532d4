"""How a rule says no: with one fixed word, with a message beside each field, or for a while."""

from contextlib import contextmanager


class Refusal(Exception):
    """A rule said no. The `word` is fixed (see the contract); the sentence a person reads is the room's."""

    def __init__(self, word: str, **facts):
        super().__init__(word)
        self.word, self.facts = word, facts


class NotAllowed(Exception):
    """She may not, whatever she types; the `word` says why."""

    def __init__(self, word: str = "not_allowed"):
        super().__init__(word)
        self.word = word


class Invalid(Exception):
    """What was typed cannot be used: `errors` has a message, written as an instruction, for each field. Of lazy ones
    only those that are needed are translated."""

    def __init__(self, **errors: str):
        super().__init__(", ".join(errors))
        self.errors = {field: str(message) for field, message in errors.items()}


@contextmanager
def saying(**errors: str):
    """Raise Invalid with these messages when what is inside raises ValueError: it could not be read."""
    try:
        yield
    except ValueError:
        raise Invalid(**errors) from None


@contextmanager
def gathered(problems: dict[str, str], place: str = ""):
    """Add the messages of an Invalid raised inside to the problems, so that all of a form is said at once; `place`
    stands before the name of each field."""
    try:
        yield
    except Invalid as invalid:
        problems |= {place + field: message for field, message in invalid.errors.items()}


class TooMany(Exception):
    """Too often; try again after `seconds`. The `word` says what ended."""

    def __init__(self, seconds: int, word: str = "too_many"):
        super().__init__(f"again in {seconds} s")
        self.seconds, self.word = seconds, word
