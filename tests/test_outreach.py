"""Whom the shop writes to: who agreed, never too often, and what came of each message."""

import random
from datetime import timedelta

import pytest
import time_machine
from shop import IS_FULL, NOON, a_coupon, an_offer, at_till
from test_customer import POLYGLOTS

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.customers import decisions
from kiosk.models import Audit, Consent, Coupon, Customer, Feedback, Message, Reward
from kiosk.rewards import outreach, texts
from kiosk.shop import shop
from kiosk.signups import consents

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def on_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def a_customer(**fields) -> int:
    return a_coupon(**{"consent_sms": "yes", "name": "Niña Villanueva"} | fields).customer_id


def a_reward(customer_id, at=NOON, purpose="birthday", occasion="2026", held_out=False) -> Reward:
    """What the nightly run makes of an occasion."""
    offer = an_offer(value=15, purpose=purpose)
    with writing():
        return add_reward(customer_id, offer, at, occasion, held_out)


def add_reward(customer_id, offer, at, occasion, held_out=False) -> Reward:
    coupon = None if held_out else coupons.issue_to(customer_id, offer, at, occasion=occasion)
    said = {"series_id": offer.series_id, "offer_id": offer.id, "occasion": occasion, "held_out": held_out}
    said |= {"due_on": shop.current().day_of(at), "until_on": shop.current().day_of(at + 14 * DAY), "made_at": at}
    reward = Reward(customer_id=customer_id, coupon_id=coupon and coupon.id, **said)
    db.session.add(reward)
    db.session.flush()
    return reward


def refused(message_id, at=NOON) -> str:
    try:
        outreach.ready(message_id, at)
    except Refusal as refusal:
        return refusal.word
    return ""


def listed(manager) -> list[dict]:
    return manager.browser.get("/office/outreach", headers={"Accept": "application/json"}).json


def test_the_list_is_read_and_worked_through_as_the_contract_says(manager):
    with manager.app.app_context():
        nina, kari = a_customer(), a_customer(language="nb", name="Kari Nordmann", phone="0917 123 4567")
        a_customer(consent_sms="")
        for customer_id in (nina, kari):
            a_reward(customer_id)
        outreach.list_due(NOON)
        rows = db.session.query(Message).count()

    first, second = listed(manager)

    assert (first["customer_id"], first["channel"], first["purpose"]) == (nina, "sms", "birthday")
    assert (
        first["text"]
        == "Happy birthday, Niña! My shop has something for you: 15% off, until 21 December. To stop, reply NO."
    )
    assert second["text"].startswith("Gratulerer med dagen, Kari!") and "\xa0" not in second["text"]
    opened = manager.browser.get(f"/office/outreach/{second['id']}/open")
    assert (opened.status_code, opened.location[:33]) == (303, "sms:+639171234567?body=Gratulerer")
    assert manager.post(f"/office/outreach/{first['id']}", outcome="sent").status_code == 200
    assert manager.post(f"/office/outreach/{first['id']}", outcome="sent").status_code == 200
    assert manager.post(f"/office/outreach/{second['id']}", outcome="never").status_code == 200
    assert manager.post(f"/office/outreach/{second['id']}", outcome="perhaps").status_code == 422
    page = manager.visit("/office/outreach")
    assert listed(manager) == [] and "2 done today" in page.text
    with manager.app.app_context():
        assert rows == db.session.query(Message).count() == 2
        newest = db.session.query(Consent).filter_by(customer_id=kari).order_by(Consent.id.desc()).first()
        assert (newest.decision, newest.method, db.session.get(Customer, kari).may_sms) == ("withdrawn", "staff", False)


def test_nobody_is_listed_without_a_consent_of_her_own_for_that_channel(in_shop):
    asked = a_customer(consent_sms="")
    again = a_customer(consent_sms="", phone="0917 111 2222")
    a_customer(phone="0917 111 2222")  # somebody types her number at the tablet, and says yes
    out = a_customer()
    reachable = a_customer(consent_sms="", email="a@shop.example", phone="", consent_email="yes")
    by_call = a_customer(consent_sms="")
    decisions.decide(by_call, "call", "yes", NOON, by=at_till())
    for customer_id in (asked, again, reachable, by_call):
        a_reward(customer_id)
    a_reward(out, held_out=True)

    assert outreach.list_due(NOON) == 2 and outreach.list_due(NOON + DAY) == 0
    assert [(m.customer_id, m.channel) for m in outreach.waiting(NOON)] == [(reachable, "email"), (by_call, "call")]
    assert [m.channel for m in outreach.waiting(NOON, Message.channel == "call", most=1)] == ["call"]  # behind an email
    assert db.session.get(Customer, again).may_sms


def test_what_changed_since_the_list_was_made_is_refused_by_a_word(in_shop):
    ana, people = at_till(), [a_customer() for _ in range(5)]
    rewards = [a_reward(one) for one in people[:4]] + [a_reward(people[4], purpose="win_back", occasion="")]
    outreach.list_due(NOON)
    messages = [one.id for one in outreach.waiting(NOON)]
    assert [refused(one) for one in messages] == [""] * 5

    decisions.decide(people[0], "sms", "withdrawn", NOON, by=ana)
    with writing():
        db.session.get(Coupon, rewards[1].coupon_id).voided_at = NOON
        db.session.add(Feedback(customer_id=people[2], stars=1, language="en", given_at=NOON))
        db.session.get(Customer, people[4]).last_visit_at = NOON + DAY / 24
    outreach.record(messages[3], "sent", NOON, by=ana)

    words = ["withdrawn", "ended", "look_first", "done", "ended"]
    assert [refused(one) for one in messages] == words
    assert outreach.waiting(NOON) == []
    with pytest.raises(Refusal, match="withdrawn"):
        outreach.record(messages[0], "sent", NOON, by=ana)
    assert refused(0) == "unknown"


def test_nobody_hears_too_often_or_at_night(in_shop):
    ana, customer_id = at_till(), a_customer()
    purposes = iter(("birthday", "referral", "stamps", "holiday"))

    def told_on(day) -> bool:
        a_reward(customer_id, NOON + day * DAY, next(purposes))
        outreach.list_due(NOON + day * DAY)
        waiting = outreach.waiting(NOON + day * DAY)
        for one in waiting:
            outreach.record(one.id, "sent", NOON + day * DAY, by=ana)
        return bool(waiting)

    assert [told_on(day) for day in (0, 6, 8)] == [
        True,
        False,
        True,
    ]  # and the one of the sixth day was told on the 8th
    assert outreach.list_due(NOON + 20 * DAY) == 0
    assert outreach.list_due(NOON + 24 * DAY) == 0  # two within a month
    a_reward(customer_id, NOON + 33 * DAY, "holiday")
    outreach.list_due(NOON + 33 * DAY)
    (message,) = outreach.waiting(NOON + 33 * DAY)
    hours = [refused(message.id, NOON + 33 * DAY + timedelta(hours=hour)) for hour in (-4, -3, 7, 8, 11)]
    assert hours == ["quiet", "", "", "quiet", "quiet"]


def test_random_histories_agree_with_a_small_model(in_shop, record_property):
    """Each customer is a history of thirty days; what was sent is looked through at the end by other rules' words."""
    dice, ana, size = random.Random(1), at_till(), 10_000 if IS_FULL else 30
    offers = [an_offer(value=10, purpose=purpose) for purpose in ("birthday", "win_back", "stamps")]
    with writing():
        known = {"language": "en", "created_at": NOON}
        people = [
            Customer(name=f"Nr {n}", phone=f"+63917{n:07}", card_number=f"9{n:011}", **known) for n in range(size)
        ]
        db.session.add_all(people)
        db.session.flush()
        people = [one.id for one in people]
    agrees, unhappy, sent, refusals = dict.fromkeys(people, False), {}, {one: [] for one in people}, 0
    for number in range(30):
        at = NOON + number * DAY
        changed = dice.sample(people, max(4, size // 12))
        with writing():
            for one in changed:
                agrees[one] = dice.random() < 0.75
                db.session.add(_decision(one, agrees[one], at))
            db.session.flush()
            consents.keep_newest(*changed)
            for one in dice.sample(people, max(6, size // 6)):
                offer = dice.choice(offers)
                if not coupons.given_to(one, offer, str(number)):
                    add_reward(one, offer, at, str(number))
            for one in dice.sample(people, max(1, size // 60)):
                unhappy[one] = at
                db.session.add(Feedback(customer_id=one, stars=2, language="en", given_at=at))
        outreach.list_due(at)
        waiting = [(one.id, one.customer_id) for one in outreach.waiting(at, most=10**6)]
        with writing():
            changed = dice.sample(people, max(2, size // 20))
            for one in changed:
                agrees[one] = False
                db.session.add(_decision(one, False, at))
            db.session.flush()
            consents.keep_newest(*changed)
        for message_id, one in dice.sample(waiting, len(waiting) * 2 // 3):
            since = [at - each for each in sent[one]]
            may = agrees[one] and all(each >= 7 * DAY for each in since) and sum(e < 31 * DAY for e in since) < 2
            may = may and at - unhappy.get(one, at - 99 * DAY) >= 30 * DAY
            try:
                outreach.record(message_id, dice.choice(("sent", "no_answer")), at, by=ana)
                sent[one].append(at)
                assert may
            except Refusal:
                refusals += 1
                assert not may
    rows = db.session.query(Message).filter(Message.outcome.in_(("sent", "no_answer"))).count()
    record_property("figures", f"{size} histories: {rows} messages sent, {refusals} refused at the tap")
    assert rows == sum(map(len, sent.values())) > size // 2 and refusals


def _decision(customer_id, agrees, at) -> Consent:
    said = consents.sentence("Yes") | {"notice_hash": "", "language": "en", "method": "staff", "is_verified": True}
    decision = "yes" if agrees else "withdrawn"
    return Consent(customer_id=customer_id, purpose="sms", decision=decision, decided_at=at, **said)


def test_the_list_leaves_as_an_export(manager, cashier):
    with manager.app.app_context():
        customer_id = a_customer(name=POLYGLOTS[0][:60])
        a_reward(customer_id)
        outreach.list_due(NOON)

    file = manager.browser.get("/office/exports/messages.csv")

    assert file.data.decode("utf-8-sig").count("To stop, reply NO.") == 1
    assert cashier.browser.get("/office/exports/messages.csv").status_code == 403
    with manager.app.app_context():
        noted = db.session.query(Audit).filter_by(action="export").one()
        assert (noted.object_id, noted.details["rows"]) == ("messages 2026-11-21 2026-11-21", 1)
    with time_machine.travel(NOON + timedelta(minutes=20), tick=False):
        assert manager.browser.get("/office/exports/messages.csv").status_code == 403


def test_news_goes_to_who_is_meant_once(manager):
    with manager.app.app_context():
        in_oslo = a_customer(city="Oslo", language="nb", name="Kari Nordmann")
        a_customer(city="Moss")
        a_customer(city="Oslo", consent_sms="")
    assert "1 customer can get it now" in manager.visit("/office/outreach/news?town=Oslo").text
    manager.submit("/office/outreach/news?town=Oslo", **{"text.en": " "})

    for expected in (1, 0):
        sent = manager.post(
            "/office/outreach/news?town=Oslo", **{"text.en": "Hi {name}", "text.nb": "Hei {name}\nog {navn}"}
        )
        assert sent.json == {"count": expected}

    (message,) = listed(manager)
    assert (message["customer_id"], message["purpose"]) == (in_oslo, "news")
    assert message["text"] == "Hei Kari og {navn} Svar NEI for å slippe flere meldinger."


def test_texts_and_limits_are_the_owners(manager):
    with manager.app.app_context():
        a_reward(a_customer())
        outreach.list_due(NOON)
    page = manager.visit("/office/outreach/texts")
    assert "GSM-7" in page.text and "UCS-2" in page.text
    rules = {"messages_a_month": "1", "rest_days": "10", "quiet_from": "22:00", "quiet_until": "08:30"}

    manager.submit("/office/outreach/texts", **rules | {"messages_a_month": "0"})
    manager.post("/office/outreach/texts", **rules | {"birthday.en": "Dear {name}, {worth} for you"})

    assert listed(manager)[0]["text"] == "Dear Niña, 15% off for you To stop, reply NO."
    with manager.app.app_context():
        here = shop.stored()
        assert (here.messages_a_month, here.rest_days, here.quiet_from, here.quiet_until) == (1, 10, "22:00", "08:30")
        assert [outreach.is_quiet(NOON + timedelta(hours=hour)) for hour in (-4, -3, 9, 10)] == [
            True,
            False,
            False,
            True,
        ]


def test_texts_are_counted_as_telephones_count():
    assert [vars(texts.length(text)) for text in ("a" * 160, "€" * 80, "a" * 161, "Ж" * 70, "😀" * 36)] == [
        {"alphabet": "GSM-7", "characters": 160, "messages": 1},
        {"alphabet": "GSM-7", "characters": 160, "messages": 1},
        {"alphabet": "GSM-7", "characters": 161, "messages": 2},
        {"alphabet": "UCS-2", "characters": 70, "messages": 1},
        {"alphabet": "UCS-2", "characters": 72, "messages": 2},
    ]
