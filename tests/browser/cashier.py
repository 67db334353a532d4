"""Somebody at the till, and her scanner, which types as if every keyboard were an American one."""

import time
from collections.abc import Iterator
from datetime import timedelta

from people import Person
from playwright.sync_api import expect
from shop import PASSPHRASE, PIN, a_phone, add_person, an_offer, at_till, new_id, signed_up

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.models import Coupon, Staff
from kiosk.staff import devices

PUNCTUATION = {
    "]": ("BracketRight", False),
    ":": ("Semicolon", True),
    "/": ("Slash", False),
    ".": ("Period", False),
    "-": ("Minus", False),
}
RUSSIAN = dict(zip("QWERTYUIOPASDFGHJKLZXCVBNM", "ЙЦУКЕНГШЩЗФЫВАПРОЛДЯЧСМИТЬ", strict=True))
# by layout: what its keys write instead, where they do not write what an American one does
LAYOUTS = {
    "US": {},
    "NO": {"Semicolon": "Ø", "Slash": "-", "Minus": "+"},
    "RU": {f"Key{key}": letter for key, letter in RUSSIAN.items()} | {"Semicolon": "Ж", "Slash": ".", "Period": "ю"},
    "DE": {"KeyY": "Z", "KeyZ": "Y", "Semicolon": "Ö", "Slash": "-", "Minus": "ß"},
    "FR": {"KeyQ": "A", "KeyA": "Q", "KeyW": "Z", "KeyZ": "W", "KeyM": "?", "Semicolon": "M", "Slash": "!",
           "Period": ":", "Minus": ")"} | {f"Digit{n}": sign for n, sign in enumerate("à&é\"'(-è_ç")},
}  # fmt: skip
ENDINGS = {"Enter": ("Enter", "\r", 13), "Tab": ("Tab", "", 9), "nothing": None}


class Cashier:
    def __init__(self, page, shop):
        self.page, self.shop, self.posted = page, shop, []
        page.on("request", lambda request: self.posted.append(request.url) if request.method == "POST" else None)
        self.wire = page.context.new_cdp_session(page)

    def opens_the_till(self, name="Ana", language="en") -> None:
        """She has signed in before, in another browser: that spares Chromium two pages, which have their own tests."""
        browser = Person(self.shop.app)
        with self.shop.app.app_context():
            if not db.session.query(Staff.id).first():
                add_person()
            with writing():
                db.session.query(Staff).update({"language": language})
                browser.browser.set_cookie("device", devices.add_device("till", "", now())[1])
            staff = db.session.query(Staff).filter_by(name=name).one()
        if staff.role == "manager":
            browser.post("/sign-in", json=False, name=name, passphrase=PASSPHRASE)
        else:
            browser.post("/till/sign-in", json=False, staff_id=staff.id, pin=PIN)
        cookies = {kept: browser.browser.get_cookie(kept).value for kept in ("device", "suki")}
        self.page.context.add_cookies(
            [{"name": kept, "value": value, "url": self.shop.url} for kept, value in cookies.items()]
        )
        self.page.goto(f"{self.shop.url}/till")
        expect(self.page.locator("[data-type]")).to_be_attached()

    def scans(self, text, layout="US", pace=5, ending="Enter") -> None:
        """At `pace` ms a key: so the page is told, also when this machine is late with one."""
        due = time.time()
        for character in text:
            self._press(*_key(character, LAYOUTS[layout]), at=due)
            due += pace / 1000
            time.sleep(max(0, due - time.time()))
        if ENDINGS[ending]:
            name, written, number = ENDINGS[ending]
            self._press(name, name, written, shift=False, number=number, at=due)

    def _press(self, code, key, written, shift, at, number=0) -> None:
        event = {"code": code, "key": key, "modifiers": 8 if shift else 0, "windowsVirtualKeyCode": number}
        event["timestamp"] = at
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyDown", "text": written, **event})
        self.wire.send("Input.dispatchKeyEvent", {"type": "keyUp", **event})

    def looks_for(self, text) -> None:
        self.page.locator("#field-q").fill("")
        self.page.locator("#field-q").press_sequentially(text)
        self.page.keyboard.press("Enter")

    def sees(self, words) -> None:
        expect(self.page.locator("[data-result] h1")).to_have_text(words)


def _key(character, layout):
    if character in PUNCTUATION:
        code, shift = PUNCTUATION[character]
    else:
        code, shift = f"Digit{character}" if character.isdigit() else f"Key{character.upper()}", character.isupper()
    written = layout.get(code, character)
    return code, written, written, shift


def stocked(shop) -> dict[str, str]:
    """Coupons in every state there is; gives the code of each."""
    at, day = now(), timedelta(days=1)
    with shop.app.app_context():
        codes = {
            name: signed_up(at - ago, name=name, phone=phone).coupon.code
            for name, phone, ago in [
                ("Marisol Cruz", "0917 123 4567", 0 * day), ("Maria Reyes", "0917 765 4567", 0 * day),
                ("Ingrid Berg", a_phone(), 2 * day), ("Jose Rizal", a_phone(), 40 * day),
                ("Liza Void", a_phone(), day), ("Ola Later", a_phone(), 0 * day),
            ]
        }  # fmt: skip
        add_person()
        coupons.redeem(codes["Ingrid Berg"], new_id(), at - day, by=at_till("Ben", "cashier", label="Counter"))
        with writing():
            change(codes["Liza Void"], voided_at=at)
            change(codes["Ola Later"], valid_from=(at + 2 * day).date())
        an_offer("percent", 20, at, minimum=50000, cap=20000)
        codes["minimum"] = signed_up(at, name="Alma").coupon.code
        an_offer("gift", 0, at, gift={"en": "A free coffee"})
        codes["gift"] = signed_up(at, name="Bea").coupon.code
    return {name.partition(" ")[0]: code for name, code in codes.items()}


def change(code, **values) -> None:
    db.session.query(Coupon).filter_by(code=code).update(values)


def every_state(her, codes) -> Iterator[str]:
    """Name each state of the till while it is shown."""
    page = her.page
    yield "ready"
    her.scans("731904558217")
    her.sees("Code not found")
    yield "unknown"
    her.scans("731904558216")
    her.sees("One digit is wrong")
    yield "mistyped"
    her.looks_for("mar")
    her.sees("Choose the customer")
    yield "choices"
    page.locator(".choices__one").first.click()
    her.sees("10% off")
    page.locator(".more__name").click()
    yield "a customer with her coupon"
    her.scans(codes["minimum"])
    her.sees("20% off")
    page.locator("[name=amount]").fill("100")
    page.locator("[data-redeem]").click()
    page.locator(".error:visible").wait_for()
    yield "minimum not met"
    page.locator("[name=amount]").fill("a lot")
    page.locator("[data-redeem]").click()
    page.get_by_text("Enter the amount in digits").wait_for()
    yield "amount not understood"
    for name, words in [("Ingrid", "Already used"), ("Jose", "Expired"), ("Liza", "Cancelled")]:
        her.scans(codes[name])
        her.sees(words)
        yield words
    page.locator(".more__name").first.click()
    page.locator("[name=discount]").fill("5")
    page.locator(".purchase button").click()
    page.get_by_text("Enter a reason").wait_for()
    yield "to honour it, a reason is missing"
    page.locator("[name=reason]").fill("Our mistake")
    page.locator(".purchase button").click()
    her.sees("Honoured")
    yield "honoured"
    her.scans(codes["gift"])
    her.sees("A free coffee")
    yield "good"
    page.locator("[data-redeem]").click()
    her.sees("Redeemed")
    yield "redeemed"
    her.scans(codes["gift"])
    her.sees("Just redeemed here")
    yield "just redeemed"
    page.locator(".verdict__form button").click()
    her.sees("Undone. The customer can use the coupon again.")
    yield "undone"
    her.looks_for("ingrid")
    her.sees("Ingrid")
    yield "a customer without a coupon"
    page.locator("[name=amount]").fill("100")
    page.locator(".purchase button").click()
    her.sees("Purchase recorded")
    yield "recorded"
    her.scans(codes["Ingrid"])
    her.sees("Already used")
    page.locator(".verdict__form button").first.click()
    page.get_by_text("Reason for undoing").wait_for()
    yield "an undo, a reason is missing"
    page.route("**/till/lookups", lambda route: route.abort())
    her.scans("731904558217")
    page.locator("[data-trouble]:visible").wait_for()
    yield "no connection"
    page.unroute("**/till/lookups")
