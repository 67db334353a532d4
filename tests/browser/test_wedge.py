"""A keyboard scanner at the till: any layout, speed and ending, wherever the focus is; read once, nothing else sent."""

import itertools
import os
import random
from datetime import timedelta

import pytest
from cashier import ENDINGS, LAYOUTS, Cashier
from playwright.sync_api import expect
from shop import signed_up
from sqlalchemy import select

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Device
from kiosk.shop import shop

PLACES = ["#field-q", "body", "[name=amount]", "[data-redeem]", ".bar__out button"]
PACES = [5, 20, 60, 100]
EVERY = list(itertools.product(["code", "link"], LAYOUTS, PACES, ENDINGS, PLACES))
IS_FULL = bool(os.environ.get("KIOSK_TEST_FULL"))
SOME = [
    ("code", "FR", 5, "nothing", "body"),
    ("code", "RU", 100, "Enter", "[name=amount]"),
    ("link", "NO", 5, "Tab", "[data-redeem]"),
    ("link", "FR", 20, "nothing", "[name=amount]"),
    ("link", "RU", 60, "Enter", "#field-q"),
    ("code", "DE", 20, "Tab", ".bar__out button"),
]


@pytest.fixture
def cashier(serve, at_desk):
    shop = serve()
    with shop.app.app_context():
        coupons = [signed_up(now(), name=name).coupon for name in ("Marisol", "Ingrid")]
        texts = {
            coupon.code: {"code": coupon.code, "link": f"{shop.url}/C/{coupon.token}".upper()} for coupon in coupons
        }
    her = Cashier(at_desk(), shop)
    her.opens_the_till()
    her.texts = itertools.cycle(texts.items())
    return her


def reads(cashier, kind, layout, pace, ending, place) -> bool:
    """Another coupon than the one in view is scanned: is it shown, after one look-up and nothing else?"""
    code, text = next(cashier.texts)
    if place == "body":
        cashier.page.evaluate("document.activeElement.blur()")
    else:
        cashier.page.locator(place).focus()
    cashier.posted.clear()
    cashier.scans(text[kind], layout, pace, ending)
    try:
        expect(cashier.page.locator(".good__facts")).to_contain_text(f"…{code[-4:]}", timeout=5000)
    except AssertionError:
        return False
    cashier.page.wait_for_timeout(300)  # whatever else might be sent
    return cashier.posted == [f"{cashier.shop.url}/till/lookups"]


def test_the_till_knows_a_scanner_from_fingers(cashier):
    found = []
    for pace in (250, 20):
        code, text = next(cashier.texts)
        cashier.page.locator("#field-q").focus()
        cashier.scans(text["code"], "US", pace)
        expect(cashier.page.locator(".good__facts")).to_contain_text(f"…{code[-4:]}", timeout=20_000)
        with cashier.shop.app.app_context():
            found.append(db.session.scalar(select(Device.scanned_on)))
            today = shop.stored().today()

    assert found == [None, today]


def misread(cashier, scans) -> list:
    cashier.scans(next(cashier.texts)[0])
    expect(cashier.page.locator("[name=amount]")).to_be_visible()
    cashier.page.wait_for_timeout(600)
    return [scan for scan in scans if not reads(cashier, *scan)]


def test_a_scanner_is_heard_in_any_layout_wherever_the_focus_is(cashier):
    assert misread(cashier, SOME) == []


@pytest.mark.slow
def test_every_layout_speed_and_ending_is_read_once_wherever_the_focus_is(cashier, record_property):
    scans = EVERY if IS_FULL else random.Random(7).sample(EVERY, 40)

    wrong = misread(cashier, scans)

    record_property("figures", f"{len(scans)} scans by keyboard: {len(wrong)} misread")
    assert wrong == []


def test_what_was_typed_in_another_box_is_not_mixed_with_a_scan(cashier):
    cashier.scans(next(cashier.texts)[0])
    amount = cashier.page.locator("[name=amount]")
    amount.fill("250")
    cashier.page.route("**/till/lookups", lambda route: None)  # not answered yet

    cashier.scans(next(cashier.texts)[1]["link"], "FR", 20, "nothing")

    cashier.sees("Looking…")
    cashier.page.unroute("**/till/lookups")
    cashier.page.reload()
    expect(amount).to_have_value("250")


def test_a_product_scanned_by_mistake_is_only_not_found(cashier):
    cashier.scans(next(cashier.texts)[0])
    cashier.page.locator("[name=amount]").focus()
    cashier.page.clock.install()
    cashier.page.clock.pause_at(now() + timedelta(minutes=1))  # a machine that is late with a key ends no scan

    cashier.scans("4006381333931")

    expect(cashier.page.locator("[data-verdict=bad]")).to_be_visible()
    assert [url.rpartition("/")[2] for url in cashier.posted] == ["lookups", "lookups"]


def test_who_types_slowly_sends_when_she_is_done(cashier):
    code = next(cashier.texts)[0]

    cashier.page.keyboard.type(f"{code[:4]} {code[4:8]} {code[8:]}", delay=120)
    cashier.page.wait_for_timeout(500)
    before = len(cashier.posted)
    cashier.page.keyboard.press("Enter")

    cashier.sees("10% off")
    assert (before, len(cashier.posted)) == (0, 1)


def test_a_typed_search_does_not_carry_the_last_scan_along(cashier):
    cashier.scans(next(cashier.texts)[1]["link"], "RU")
    cashier.sees("10% off")

    cashier.looks_for("nobody")

    cashier.sees("Not found")


def test_an_answer_in_the_middle_of_the_next_scan_does_not_break_it(cashier):
    (first, _), (second, _) = next(cashier.texts), next(cashier.texts)
    waiting = []
    cashier.page.route("**/till/lookups", lambda route: waiting.append(route), times=1)

    cashier.scans(first)
    cashier.scans(second[:7], pace=60, ending="nothing")
    waiting.pop().continue_()
    cashier.scans(second[7:], pace=60, ending="nothing")

    expect(cashier.page.locator(".good__facts")).to_contain_text(f"…{second[-4:]}")
    assert cashier.page.locator("[name=amount]").input_value() == ""
    assert [url.rpartition("/")[2] for url in cashier.posted] == ["lookups", "lookups"]


def test_a_scanner_that_stumbles_writes_over_what_is_being_looked_up(cashier):
    first, second = (next(cashier.texts)[0] for _ in range(2))
    waiting = []
    cashier.page.route("**/till/lookups", lambda route: waiting.append(route), times=1)

    cashier.scans(first)
    cashier.scans(second[:7], ending="nothing")
    cashier.page.wait_for_timeout(300)
    cashier.scans(second[7:], ending="nothing")
    waiting.pop().continue_()

    expect(cashier.page.locator(".good__facts")).to_contain_text(f"…{second[-4:]}")
