"""A shop in which everything has happened, and every page of it that staff or a customer can open."""

import io
import itertools
import json
from collections.abc import Iterator
from datetime import timedelta

from shop import PASSPHRASE, a_coupon, a_phone, add_person, an_offer, at_till, new_id
from sqlalchemy.orm import joinedload
from werkzeug.datastructures import MultiDict

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import feedback, merging, notes
from kiosk.imports import bringing, trial
from kiosk.models import Coupon, Referral, Signup, StaffSession
from kiosk.rewards import changes, drafts
from kiosk.rewards import texts as message_texts
from kiosk.shop import shop as shops
from kiosk.signups import answers, editing, questionnaires, submissions
from kiosk.signups.built_in_questions import FORMS
from kiosk.staff import devices
from kiosk.upkeep import nightly

ROOMS = ("office", "outreach", "till", "till_signup", "phone", "tablet")
NO_PAGES = {  # files, and what only leads on
    "office.export", "office.list_with_reasons", "office.closing_as_xlsx", "office.copy_as_json", "office.list_due",
    "outreach.open_message", "phone.say_forgotten", "till.show_card", "tablet.service_worker", "tablet.opened",
    "tablet.what_is_shown",
}  # fmt: skip
PAPERS = ["record", "notice", "breach"]
ASKING = {
    "/office/customers/cards": "?from=1970-01-01&to=2099-01-01",
    "/office/paper": "?size=a4&first=1&last=2",
    "/office": "?first=2026-01-01&last=2099-01-01",
}
LATER = ("interests", "frequency", "stars")  # asked at later visits


def furnish(shop, texts: list[str]) -> Coupon:
    """Everything that can be typed, typed, in these texts; gives the coupon of somebody who has a card."""
    said = itertools.cycle(texts)
    with shop.app.test_request_context("/"):
        ana = at_till("Tess", at=now())
        _describe(said, ana)
        _ask(said, ana)
        for text in texts:
            lives(text, ana)
        _bring_in(texts, ana)
        _reward(said, ana)
        first, second, *_ = db.session.scalars(db.select(Coupon.customer_id).order_by(Coupon.id))
        merging.merge(first, second, now(), by=ana)
        _fill_in(texts)
        return db.session.get(Coupon, 1, options=[joinedload(Coupon.customer)])


def _describe(said: Iterator[str], ana: StaffSession) -> None:
    """What the owner types of the shop, its people and its devices."""
    texts = {
        "towns": ",".join(next(said)[:60].replace(",", " ") for _ in range(3)),
        "privacy_contact": next(said)[:120],
    }
    texts |= {"own_notice": json.dumps({"en": next(said)[:300]}), "partner": next(said)[:60], "name": next(said)[:60]}
    forms = dict.fromkeys(FORMS, "tablet") | {"quiet_from": "00:00", "quiet_until": "00:00"}
    shops.decide(now(), by=ana, **texts, **forms)
    add_person(next(said)[:60], "cashier", at=now())
    with writing():
        devices.add_device("tablet", next(said)[:40], now())
    for n in range(4):
        an_offer("gift", 0, gift={"en": next(said)[:40]}, terms={"en": next(said)[:200]}, new_series=True,
                 at=now(), purpose=("by_hand", "welcome")[n % 2])  # fmt: skip


def _ask(said: Iterator[str], ana: StaffSession) -> None:
    """A question of the shop's own at the sign-up, and some that are asked later."""
    asked = questionnaires.current().as_dict()
    for one in asked["questions"]:
        one["when"] = "later" if one["key"] in LATER else one["when"]
    choices = [{"key": f"c{n}", "text": {"en": next(said)[:80]}} for n in range(3)]
    own = {"key": "own", "kind": "one", "when": "signup", "choices": choices}
    own |= {name: {"en": next(said)[:80]} for name in ("text", "why")}
    editing.save("welcome", asked | {"questions": [own, *asked["questions"]]}, now(), by=ana)


def lives(text: str, ana: StaffSession) -> None:
    """A customer who came forty days ago, and once since; the same text wherever there may be one."""
    before, at = now() - timedelta(days=40), now() - timedelta(hours=1)
    coupon = a_coupon(before, name=text[:60], city=text[:80], own="c0", source="friend", consent_sms="yes")
    whose, bought = coupon.customer_id, {"what": text[:200], "served_by": text[:60]}
    coupons.redeem(coupon.code, new_id(), before, by=ana, amount=10_00, **bought)
    if whose % 4 == 1:
        visits.record(coupon, new_id(), at, by=ana, purchase=Purchase(20_00, text[:200], text[:60]))
        feedback.rate(coupon.customer, {"stars": str(1 + whose % 5), "comment": text}, now())
    notes.add(whose, text, now(), by=ana)
    if whose % 10 == 1:
        a_coupon(now(), name=text[:60], city=text[:80], own="c1", email=f"other{whose}@example.com")  # likely a double
        named = db.session.query(Signup).filter_by(customer_id=whose).one()
        with writing():
            friend = {"friend_id": whose + 1, "held_back": "same_name"} if whose > 1 else {}
            db.session.add(Referral(customer_id=whose, signup_id=named.id, said=text[:60], **friend))


def _bring_in(texts: list[str], ana: StaffSession) -> None:
    """One list that was brought in, and one that is looked at."""
    for batch in range(2):
        rows = [f'"{text.replace(chr(34), chr(34) * 2)}";{a_phone()};"{text.replace(chr(34), "")}"' for text in texts]
        bad = [f'"{text.replace(chr(34), "")}";12;x' for text in texts[:3]]
        file = "\n".join(["Name;Mobile;Notes", *rows, *bad]).encode()
        made = trial.upload(io.BytesIO(file), now(), by=ana)
        if batch:
            bringing.bring(made.id, now(), by=ana)


def _reward(said: Iterator[str], ana: StaffSession) -> None:
    """Rewards that are due, the messages about them in the owner's words, and a night."""
    for purpose in ("win_back", "stamps"):
        given = {"kind": "gift", "gift.en": next(said)[:40], "days_valid": "14", "days": "30", "held_out": "0",
                 "visits": "2", "amount": ""}  # fmt: skip
        changes.save(drafts.read(given, purpose), now(), by=ana, purpose=purpose)
    own = {f"{one}.en": next(said)[:300].replace("{", "(").replace("}", ")") for one in message_texts.PURPOSES}
    rules = {"messages_a_month": "9", "rest_days": "1", "quiet_from": "00:00", "quiet_until": "00:00"}
    message_texts.save(own | rules, now(), by=ana)
    nightly.run(now())


def _fill_in(texts: list[str]) -> None:
    """Further forms, and stars of nobody."""
    sender, read = ("browser", "address"), {"survey": answers.read_form}
    for text in texts:
        typed = dict.fromkeys(("bought", "number", "wanted", "comment"), text) | {"name": text[:60], "phone": a_phone()}
        typed |= {"bought_on_month": "5", "bought_on_day": "9", "reach": "call", "stars": "2", "recommend": "3"}
        feedback.say(typed, "en", now(), sender=sender)
        for form in FORMS:
            given = read.get(form, answers.read)(MultiDict(typed), "en", questionnaires.current(form))
            submissions.submit(form, given, new_id(), now(), sender=sender, method="tablet")


def every_page(app, coupon: Coupon) -> list[str]:
    """The addresses of all pages of these rooms, each with something that is there."""
    known = {
        "token": [coupon.token],
        "name": [*questionnaires.NAMES],
        "key": ["own"],
        "size": ["a4"],
        "batch_id": ["1"],
    }
    known |= {"customer_id": ["1", "5"], "visit_id": ["2"], "person_id": ["1"]}
    others = {"office.show_paper": {"name": PAPERS}, "office.question": {"name": ["welcome"]}}
    others |= {endpoint: {"name": [*FORMS]} for endpoint in ("phone.show_form", "tablet.show_form")}
    found = []
    for rule in app.url_map.iter_rules():
        is_page = "GET" in rule.methods and rule.endpoint not in NO_PAGES and rule.rule[:2] not in ("/C", "/J")
        if is_page and rule.endpoint.partition(".")[0] in ROOMS:
            values = known | others.get(rule.endpoint, {})
            every = itertools.product(*(values[name] for name in rule.arguments))
            found += [rule.build(dict(zip(rule.arguments, each, strict=True)))[1] for each in every]
    return [path + ASKING.get(path, "") for path in found]


def open_page(page, url: str, coupon: Coupon | None = None) -> None:
    """Open it, with the passphrase or the last digits of her number where these are asked for."""
    page.goto(url)
    if coupon and page.locator("[name=answer]").count():
        page.locator("[name=answer]").fill(coupon.customer.phone[-4:])
        with page.expect_navigation():
            page.keyboard.press("Enter")
    if page.locator("form input[name=passphrase]").count() and "/sign-in" in page.url:
        page.locator("input[name=passphrase]").fill(PASSPHRASE)
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert "/sign-in" not in page.url
