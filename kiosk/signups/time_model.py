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
    asked = questionnaire.asked()
    words = WORDS_AT_END + sum(map(_words, asked))
    answering = [TOWN_OFFERED if one.kind == "town" and offers_towns else SECONDS[one.kind] for one in asked]
    half = AT_THE_END + sum(answering) + words * WORD * WORDINESS.get(language, 1)
    return half, half * NINE_IN_TEN


def _words(question: Question) -> float:
    """How many words are read before an answer, counted in English; of the explanation and of the answers only some."""
    choices = [choice.text for choice in question.choices] if question.kind in ("one", "many", "ranking") else []
    with force_locale("en"):
        said, why, *answers = (len(str(text).split()) for text in (question.text, question.why, *choices))
    return said + 0.6 * why + 0.3 * sum(answers)
