"""How long people take on the tablet: a keystroke-level model of the questionnaire, with people who differ (seconds).

From the first touch to the coupon. Constants: thinking 1.35 s (Card, Moran & Newell 1983); reading 238 words a minute
(Brysbaert 2019); touch 6.95 bit/s (MacKenzie 2015) after 0.23 s to lift and land, which makes 0.55 s to a 96 px answer
350 px away; typing on the screen 22 words a minute, between Sears's novices (20) and practised (32) of 1993; a digit
0.45 s on an 18 mm key, and a pause for each group of digits. A person is slow or fast in everything (log-normal, 0.30;
1.08 for somebody who walks up for the first time), 65 and older more so (Sultana & Moffatt 2019). It is a model and
no user test. The office's meter (kiosk/signups/time_model.py) is compared with it.
"""

import math
from random import Random

from flask_babel import force_locale

from kiosk.signups.questionnaire import Question, Questionnaire

THINK, READ, ADVANCE, RESPONSE = 1.35, 238, 0.28, 0.12
WORDINESS = {"en": 1, "fil": 1.15, "nb": 1, "ru": 1.05}
DIGITS = {"en": 11, "fil": 11, "nb": 8, "ru": 11}
WORDS_A_MINUTE = 22


class Person:
    """Somebody at the tablet; each screen she passes is a method that says how long it takes her."""

    def __init__(self, random: Random, language: str, is_old: bool):
        self.random, self.language = random, language
        pace = 1.08 * self._about(0.30)
        self.hand, self.eye, self.mind, self.typing = (pace * self._about(s) for s in (0.15, 0.15, 0.15, 0.28))
        if is_old:
            self.hand, self.eye, self.mind, self.typing = (
                self.hand * 1.33, self.eye * 1.2, self.mind * 1.25, self.typing * 1.7
            )  # fmt: skip

    def _about(self, spread: float) -> float:
        return math.exp(self.random.gauss(0, spread))

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance

    def read(self, words: float) -> float:
        return words * WORDINESS[self.language] * 60 / READ * self.eye

    def think(self, times: float = 1) -> float:
        return THINK * times * self.mind

    def tap(self, away: int = 350, wide: int = 96) -> float:
        return (0.23 + math.log2(away / wide + 1) / 6.95) * self.hand

    def go_on(self) -> float:
        return self.tap(500, 88) + RESPONSE

    def type(self, letters: int) -> float:
        a_second = WORDS_A_MINUTE * 5 / 60 / self.typing
        slips = sum(self._happens(0.05) for _ in range(letters))
        return letters / a_second + slips * (self.think(0.5) + 2 / a_second)

    def choose(self, question: int, options: int, words: int) -> float:
        scan = self.read(options * words * 0.6) / 2
        return self.read(question) + scan + self.think() + self.tap() + RESPONSE + ADVANCE

    def answer(self, kind: str, words: float, options: int, option_words: float, *, is_tapped: bool, contact: str):
        """The seconds to answer a question: by how many words it has, how many answers it offers, and how many words
        these have."""
        match kind:
            case "town":
                return self.town(is_tapped)
            case "name":
                return self.name()
            case "contact":
                return getattr(self, contact)()
            case "comment":
                writes = self.type(self._length(30, 15, 5)) if self._happens(0.25) else 0
                return self.read(words) + self.think() + writes + self.go_on()
            case "date":
                return self.choose(words, 12, 1) + self.choose(0, 31, 1) + self.go_on()
            case "stars" | "scale":
                return self.choose(words, 3, 1)
        further = {"many": 1, "ranking": 2}.get(kind, 0)  # answers that she chooses besides the first
        more = further * (self.think(0.5) + self.tap()) + self.go_on() if further else 0
        return self.choose(words, options, option_words) + more

    def town(self, is_tapped: bool) -> float:
        if is_tapped and self._happens(0.85):
            return self.choose(6, 6, 1)
        elsewhere = self.tap() if is_tapped else 0
        return self.read(6) + self.think() + elsewhere + self.type(self._length(7, 2, 3)) + self.go_on()

    def name(self) -> float:
        return self.read(5) + self.think() + self.type(self._length(6.2, 1.8, 2)) + 0.8 * self.mind + self.go_on()

    def phone(self) -> float:
        digits = DIGITS[self.language]
        keys = digits * 0.45 * self.hand + digits // 4 * 0.9 * self.mind
        mistake = self.think() + 1.5 * self.hand if self._happens(0.10) else 0
        return self.read(6 + 16 * 0.6) + self.think() + keys + 1.4 * self.mind + self.go_on() + mistake

    def email(self) -> float:
        letters = max(6, self._length(21, 4, 12) - 9)  # a domain's button saves about nine
        keys = self.type(letters) / 0.85 + self.tap()
        return self.read(6 + 16 * 0.6) + self.think() + keys + 1.8 * self.mind + self.go_on()

    def readback(self) -> float:
        agrees = self.tap() if self._happens(0.45) else 0
        return self.read(5 + 22 * 0.8) + 2 * self.mind + self.think(2) + agrees + self.go_on() + 0.23

    def wander(self) -> float:
        looks_up = 8 * self._about(0.6) if self._happens(0.20) else 0
        reads_notice = 18 * self._about(0.3) if self._happens(0.04) else 0
        return looks_up + reads_notice

    def _length(self, mean: float, spread: float, least: int) -> int:
        return max(least, round(self.random.gauss(mean, spread)))


def _size(question: Question) -> tuple[str, float, int, float]:
    """What the time for a question depends on, counted in English."""
    with force_locale("en"):
        words = [len(str(text).split()) for text in (question.text, question.why, *(c.text for c in question.choices))]
    options = len(question.choices)
    return question.kind, words[0] + 0.6 * words[1], options, sum(words[2:]) / max(options, 1)


def times(
    questionnaire: Questionnaire, language: str, *, contact="phone", is_tapped=True, is_old=False, people=4000
) -> list[float]:
    """Seconds from first touch to coupon, sorted, of that many people."""
    random, taken, asked = Random(7), [], [_size(question) for question in questionnaire.asked()]
    for _ in range(people):
        her = Person(random, language, is_old)
        answers = sum(her.answer(*size, is_tapped=is_tapped, contact=contact) for size in asked)
        taken.append(answers + her.readback() + her.wander())
    return sorted(taken)


def at(taken: list[float], share: float) -> float:
    """The time at this share of sorted times: at 0.5 the median."""
    return taken[int(share * len(taken))]
