"""What people prove with that they are themselves: passphrases, and PINs that are good on a till only."""

import hmac
import re
import threading
from contextlib import contextmanager
from itertools import pairwise

from flask import current_app
from flask_babel import gettext
from werkzeug.security import check_password_hash, generate_password_hash

from kiosk.base.refusals import Invalid, TooMany

# OWASP's minimum for scrypt; some 0.25 s on a small machine.
HASH = "scrypt:32768:8:3"
# a hash of what nobody knows, so that an unknown name takes as long as a known one
NOBODY = (
    "scrypt:32768:8:3$kXT5laoB2lk9mMeS$0fb58800d51bd8c14651beaadf5c1aaaf7afbdadffb1628c1ef27c1142db47bbcf"
    "eefc2b532c6af8499f40993dcd44ec88285a3e1e0adf50d09a6f04a18a9be5"
)
SHORTEST, LONGEST = 15, 200
_turn, _places = threading.Lock(), threading.BoundedSemaphore(2)
BETWEEN = re.compile(r"[\s!-/:-@\[-`{-~]")  # words
# what others guess first: runs on keyboards, and the words that leaked lists are full of
RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qazwsxedc",
        "йцукенгшщзхъ", "фывапролджэ", "1q2w3e4r5t6y7u8i9o0p")  # fmt: skip
WORDS = ("password", "passphrase", "passwort", "passord", "пароль", "qwerty", "letmein", "welcome", "iloveyou", "admin",
         "manager", "cashier", "secret", "login", "monkey", "dragon", "football", "baseball", "sunshine", "princess",
         "superman", "starwars", "whatever", "trustno1", "changeme", "suki", "kiosk")  # fmt: skip


def of_passphrase(passphrase: str, *about_her: str) -> str:
    """The hash that is kept. Raises Invalid when it is too short or easily guessed; any letters and signs will do."""
    if len(passphrase) > LONGEST:
        raise Invalid(passphrase=gettext("Enter no more than 200 characters"))
    if len(passphrase) < SHORTEST or len(set(passphrase)) < 5:
        raise Invalid(passphrase=gettext("Enter at least 15 characters, for example four unrelated words"))
    if _is_common(passphrase, about_her):
        raise Invalid(passphrase=gettext("This passphrase is easy to guess. Choose four unrelated words."))
    return generate_password_hash(passphrase, method=HASH)


def _is_common(passphrase: str, about_her: tuple[str, ...]) -> bool:
    """Whether little is left of it without runs, names, common words and repetitions."""
    left = BETWEEN.sub("", passphrase.casefold())
    for word in (*WORDS, *(BETWEEN.sub("", name.casefold()) for name in about_her)):
        left = left.replace(word, "") if len(word) > 2 else left
    runs = (run[i : i + 4] for one in RUNS for run in (one, one[::-1]) for i in range(len(run) - 3))
    left = re.sub("|".join(map(re.escape, runs)), "", left)
    left = re.sub(r"(.{1,20}?)\1+", r"\1", left)
    return len(left) < 6


def of_pin(pin: str) -> str:
    """The hash that is kept. Raises Invalid unless it is six digits, and not the first that others try."""
    if not re.fullmatch("[0-9]{6}", pin):
        raise Invalid(pin=gettext("Enter six digits"))
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if len(set(pin)) < 3 or len(steps) == 1 or pin[:3] == pin[3:]:
        raise Invalid(pin=gettext("This PIN is easy to guess. Choose other digits."))
    return generate_password_hash(_keyed(pin), method=HASH)


def _keyed(pin: str) -> str:
    """A million PINs are soon tried on a stolen database; without the shop's secret none can be."""
    return hmac.new(hmac.digest(current_app.secret_key, b"pin", "sha256"), pin.encode(), "sha256").hexdigest()


@contextmanager
def in_turn():
    """Compare one passphrase at a time, while one more waits. Raises TooMany for any further one.

    Comparing is slow on purpose, and as slow for a name that is nobody's: without turns, a few strangers would leave
    no thread and no processor to the customers.
    """
    if not _places.acquire(blocking=False):
        raise TooMany(2)
    try:
        with _turn:
            yield
    finally:
        _places.release()


def is_right(passphrase: str, hash_: str | None) -> bool:
    """Takes as long when there is nothing to compare with."""
    return check_password_hash(hash_ or NOBODY, passphrase) and hash_ is not None


def is_right_pin(pin: str, hash_: str | None) -> bool:
    return is_right(_keyed(pin), hash_)
