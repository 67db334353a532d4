"""Somebody at the shop's tablet, with one finger; at a given pace she is as slow as people are."""

import time
from random import Random

import klm

PEOPLE = {  # by language: who she is, where she lives, her number as a visitor writes it
    "en": {"name": "Marisol", "city": "Cebu", "phone": "09171234567"},
    "fil": {"name": "Niña", "city": "Parañaque", "phone": "09181234567"},
    "nb": {"name": "Bjørn", "city": "Bodø", "phone": "+4741234567"},
    "ru": {"name": "Алёна", "city": "Казань", "phone": "+79123456789"},
}
GUARD = 400  # ms after which a new screen listens


class Steady(Random):
    """No chance at all: everybody is the median person, and nothing happens to her."""

    def gauss(self, mean=0.0, spread=1.0):
        return mean

    def random(self):
        return 1.0


class Customer:
    def __init__(self, page, url, language="en", is_paced=False):
        self.page, self.url, self.language = page, url, language
        self.pace = klm.Person(Steady(), language, is_old=False) if is_paced else None
        self.taps = self.keys = self.started = self.due = 0

    def __getattr__(self, name):
        return PEOPLE[self.language][name]

    def takes(self, seconds_of) -> None:
        """From here to her last touch of this screen, as long as people take for it; at least until it listens."""
        self.due = self.due or time.monotonic()
        self.due += seconds_of(self.pace) if self.pace else 0
        self.page.wait_for_timeout(GUARD)

    def until(self, before: float) -> None:
        """Wait until so many seconds before her last touch."""
        self.page.wait_for_timeout(max(0, 1000 * (self.due - before - time.monotonic())) if self.pace else 0)

    def tap(self, what) -> None:
        what.first.tap()
        self.taps += 1

    def begin(self) -> None:
        self.page.goto(self.url)
        self.page.wait_for_timeout(GUARD)
        self.started = time.monotonic()
        self.tap(self.page.locator(f".language[lang={self.language}]"))
        self.page.wait_for_selector("[data-step=source]:visible")

    def step(self, key):
        return self.page.locator(f"[data-step={key}]")

    def choose(self, key="source", nth=1) -> None:
        self.step(key).locator("label").first.wait_for()
        self.takes(lambda her: her.choose(6, 6, 3))
        self.until(before=klm.ADVANCE + klm.RESPONSE)
        self.tap(self.step(key).locator("label").nth(nth))
        self.step(key).wait_for(state="hidden")

    def type(self, text) -> None:
        """With the keys on the page; a letter that has none is offered above its base letter."""
        for n, letter in enumerate(text):
            if self.pace:  # evenly over what is left, by the clock: a busy machine's slow taps aren't counted as hers
                left = self.due - 1 - time.monotonic()
                self.page.wait_for_timeout(max(0, 1000 * left / (len(text) - n)))
            self.page.locator(f'.keyboard .key[data-key="{letter.lower()}"]').tap()
            self.keys += 1

    def goes_on(self) -> None:
        self.tap(self.page.locator("button[data-go=next]"))

    def writes(self, key, text, seconds_of=lambda her: her.town(False)) -> None:
        self.step(key).wait_for()
        self.takes(seconds_of)
        self.type(text)
        self.until(before=klm.RESPONSE)
        self.goes_on()
        self.step(key).wait_for(state="hidden")

    def agrees(self) -> None:
        self.step("readback").wait_for()
        self.takes(lambda her: her.readback())
        self.until(before=1)
        self.tap(self.step("readback").locator("label:visible"))

    def gets_coupon(self) -> str:
        self.until(before=klm.RESPONSE)
        self.tap(self.page.locator("[data-submit]"))
        self.page.wait_for_selector(".ticket__qr:visible")
        self.seconds = time.monotonic() - self.started
        return self.page.locator(".code").inner_text().replace(" ", "").replace("\u00a0", "")

    def signs_up(self, phone=None) -> str:
        self.begin()
        self.choose()
        self.writes("city", self.city)
        self.writes("name", self.name, lambda her: her.name())
        self.writes("contact", phone or self.phone, lambda her: her.phone())
        self.agrees()
        return self.gets_coupon()
