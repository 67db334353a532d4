"""How long people take on the tablet, from the first touch to the coupon: a sum over the questions, in seconds.

The figures are those of the keystroke-level model in tests/klm.py, which names the studies it is made of; a test
compares the two. It is a model and no user test: the shop's own times should correct it.
"""

from flask_babel import force_locale

from kiosk.signups.questionnaire import Question, Questionnaire

# to answer, besides reading; a town is chosen where some are offered, else typed
SECONDS = {
    "one": 2.4, "many": 4.5, "ranking": 5.9, "stars": 2.7, "scale": 2.7, "date": 9.1, "comment": 7.7, "name": 7.4,
    "town": 7.3, "contact": 11.5,
}  # fmt: skip
TOWN_OFFERED = 3.7
WORD = 0.27  # to read one in English
WORDINESS = {"fil": 1.15, "ru": 1.05}  # of other languages
AT_THE_END, WORDS_AT_END = 9, 23  # to read what was typed back and to agree, and for who wanders off
NINE_IN_TEN = 1.5  # as long as half of them


def of(questionnaire: Questionnaire, language: str, *, offers_towns: bool) -> tuple[float, float]:
    """The seconds within which half of all people have their coupon, and nine in ten."""
    at_the_end = AT_THE_END + WORDS_AT_END * _word(language)
    half = at_the_end + sum(added(one, language, offers_towns=offers_towns) for one in questionnaire.asked())
    return half, half * NINE_IN_TEN


def added(question: Question, language: str, *, offers_towns: bool) -> float:
    """The seconds that half of all people take for that question."""
    answering = TOWN_OFFERED if question.kind == "town" and offers_towns else SECONDS[question.kind]
    return answering + _words(question) * _word(language)


def _word(language: str) -> float:
    return WORD * WORDINESS.get(language, 1)


def _words(question: Question) -> float:
    """How many words are read before an answer, counted in English; of the explanation and of the answers only some."""
    choices = [choice.text for choice in question.choices] if question.kind in ("one", "many", "ranking") else []
    with force_locale("en"):
        said, why, *answers = (len(str(text).split()) for text in (question.text, question.why, *choices))
    return said + 0.6 * why + 0.3 * sum(answers)
