"""How was it? Stars for a visit from the customer's card, and what the office makes of them."""

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from people import Customer as Guest
from shop import NOON, PASSPHRASE, a_coupon, at_till, new_id, on_sqlite_only

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.coupons import by_hand, codes, coupons, offers, visits
from kiosk.customers import feedback
from kiosk.models import Answer, Consent, Counter, Customer, Feedback
from kiosk.reports import figures
from kiosk.shop import shop
from kiosk.signups import built_in_questions
from kiosk.signups.questionnaire import Questionnaire

PERSONAL = {"name": "Ana Cruz", "phone": "09175550001", "email": "ana@example.org", "city": "Cebu", "source": "friend"}


def spent(ago=timedelta(days=1), **fields) -> str:
    """The token of a coupon that was used; the customer agreed to messages."""
    coupon = a_coupon(at=now() - ago, consent_sms="yes", consent_email="yes", **PERSONAL | fields)
    coupons.redeem(coupon.code, new_id(), now() - ago, by=at_till(), amount=100_00)
    return coupon.token


@pytest.fixture
def card(app):
    with app.app_context():
        return f"/c/{spent()}"


def test_a_visit_gets_its_stars_once(customer_on_phone, card, app):
    assert "How was it on" in customer_on_phone.visit(card).text

    first, again = (customer_on_phone.post(f"{card}/feedback", stars="2", comment="Cold\nroom") for _ in range(2))

    assert (first.status_code, again.status_code, again.json["refusal"]) == (201, 409, "nothing_to_rate")
    with app.app_context():
        kept = db.session.query(Feedback).one()
        assert (kept.stars, kept.comment, kept.visit_id, kept.customer_id) == (2, "Cold\nroom", 1, 1)
    assert "How was it on" not in customer_on_phone.visit(card).text


@pytest.mark.parametrize("wrong", [{}, {"stars": "0"}, {"stars": "6"}, {"stars": "5", "comment": "x" * 1001}])
def test_what_is_wrong_with_an_answer_is_said_and_nothing_is_kept(customer_on_phone, card, app, wrong):
    customer_on_phone.visit(card)

    answer = customer_on_phone.post(f"{card}/feedback", **wrong)

    assert (answer.status_code, len(answer.json["errors"])) == (422, 1)
    with app.app_context():
        assert db.session.query(Feedback).count() == 0


def test_a_visit_of_long_ago_is_not_asked_about(customer_on_phone, app):
    with app.app_context():
        token = spent(timedelta(days=31))

    assert "How was it on" not in customer_on_phone.visit(f"/c/{token}").text
    assert customer_on_phone.post(f"/c/{token}/feedback", stars="5").status_code == 409


def test_one_tap_stops_the_messages(customer_on_phone, card, app):
    assert "Stop messages" in customer_on_phone.visit(card).text

    assert customer_on_phone.post(f"{card}/stop").json == {"stopped": True}

    with app.app_context():
        customer = db.session.query(Customer).one()
        assert (customer.may_sms, customer.may_email) == (False, False)
        newest = [(row.purpose, row.decision) for row in db.session.query(Consent).order_by(Consent.id.desc()).limit(2)]
        assert sorted(newest) == [("email", "withdrawn"), ("sms", "withdrawn")]
    assert "Stop messages" not in customer_on_phone.visit(card).text


def test_who_photographed_the_link_learns_nothing_of_her(stranger, card):
    pages = [stranger.visit(card).html]
    pages += [
        stranger.post(f"{card}/{path}", **sent).text for path, sent in (("stop", {}), ("feedback", {"stars": "5"}))
    ]
    pages += [stranger.visit(f"{card}?thanks=stars").html]

    for text in pages:
        assert [word for word in ("Ana", "Cruz", "5550001", "ana@", "Cebu", "friend") if word in text] == []


def test_what_waits_for_her_stands_on_her_card(customer_on_phone, card, app):
    with app.app_context():
        by, customer_id = at_till(), db.session.query(Customer).one().id
        given = by_hand.give(customer_id, offers.welcome().id, now(), by=by, reason="A gift")

    page = customer_on_phone.visit(card)

    assert f"/c/{given.token}" in page.html


def test_nobody_rates_with_a_link_that_is_nobodys(stranger):
    stranger.visit("/")
    for path in ("feedback", "stop"):
        assert stranger.post(f"/c/{'A' * 26}/{path}", stars="5").status_code == 404


def test_the_office_sees_the_average_and_bad_ones_until_somebody_has_seen_to_them(manager, cashier, card, app):
    with app.app_context():
        customer = db.session.query(Customer).one()
        given = feedback.rate(customer, {"stars": "1", "comment": "Waited long"}, now())
        today = shop.current().today()
        found = figures.of(today, today)
        assert (found.rated, found.stars) == (1, 1.0)

    page = manager.visit("/office")
    assert "Waited long" in page.text and "1.0" in page.text
    for place in ('">Call', '#notes">Add a note', '?give=1#give">Give a coupon'):  # what to do about it
        assert f'href="/office/customers/1{place}</a>' in page.html
    assert manager.post(f"/office/feedback/{given.id}/settle", json=False).status_code == 303
    assert "Waited long" not in manager.visit("/office").text
    assert cashier.post(f"/office/feedback/{given.id}/settle").status_code in (401, 403)


def test_stars_are_exported(manager, card, app):
    with app.app_context():
        feedback.rate(db.session.query(Customer).one(), {"stars": "4", "comment": "=1+1"}, now())
    manager.post("/sign-in/again", passphrase=PASSPHRASE, json=False)

    file = manager.browser.get("/office/exports/feedback.csv")

    rows = list(csv.reader(io.StringIO(file.get_data(as_text=True).lstrip("\ufeff"))))
    assert [row[1:4] for row in rows[1:]] == [["Ana Cruz", "4", "'=1+1"]]


def test_a_card_that_tells_no_origin_may_send_only_with_its_token(customer_on_phone, card):
    page = customer_on_phone.visit(card)
    sent, nowhere = (
        {"csrf_token": page.csrf_token, "stars": "4"},
        {"Origin": "null"},
    )  # as browsers do without a referrer

    def status(path, fields, **headers):
        return customer_on_phone.browser.post(path, data=fields, headers=headers).status_code

    assert status(f"{card}/feedback", {"stars": "4"}, **nowhere) == 400
    assert status(f"{card}/feedback", sent, Origin="https://elsewhere.example") == 403
    assert status(f"{card}/feedback", sent, **nowhere, **{"Sec-Fetch-Site": "cross-site"}) == 403
    assert status("/coupon/done", sent, **nowhere) == 403
    assert status(f"{card}/feedback", sent, **nowhere) == 303


def test_stars_from_the_tablet_are_nobodys_and_of_a_day_instead_of_an_instant(app, customer_at_tablet):
    with time_machine.travel(NOON, tick=False):
        customer_at_tablet.sign_up(name="Ana Cruz")
        answer = customer_at_tablet.post("/feedback", stars="2", comment="Cold\nroom", language="nb", name="Ana")
        customer_at_tablet.post("/feedback", stars="4")

    assert (answer.status_code, answer.json) == (201, {"thanks": True})
    with app.app_context():
        given, other = db.session.query(Feedback).order_by(Feedback.id)
        assert (given.stars, given.comment, given.language) == (2, "Cold\nroom", "nb")
        assert (given.visit_id, given.customer_id) == (other.visit_id, other.customer_id) == (None, None)
        assert given.given_at == other.given_at == shop.current().span(NOON.date(), NOON.date())[0]
        assert [row.name for row in db.session.query(Counter) if "feedback" in row.name] == []


def test_stars_are_given_without_scripts_as_well(customer_at_tablet):
    customer_at_tablet.visit("/")
    page = customer_at_tablet.visit("/feedback?language=nb&wish=large-text")
    answer = customer_at_tablet.post("/feedback", json=False, stars="5", language=page.field("language"))

    assert (answer.status_code, answer.location) == (303, "/feedback/thanks?language=nb")
    assert "Butikken leser alle svar." in customer_at_tablet.visit(answer.location).text


@pytest.mark.parametrize("wrong", [{}, {"stars": "0"}, {"stars": "6"}, {"stars": "5", "comment": "x" * 1001}])
def test_a_wrong_answer_at_the_tablet_is_said_and_nothing_is_kept(app, customer_at_tablet, wrong):
    customer_at_tablet.submit("/feedback", 422, **wrong)

    with app.app_context():
        assert db.session.query(Feedback).count() == 0


def test_only_the_tablets_page_gives_stars_and_once_one_is_paired_only_that(app, manager):
    guest, stranger, tablet = Guest(app), Guest(app), Guest(app)
    stranger.visit("/sign-in")
    guest.visit("/")
    at_first = [one.post("/feedback", stars="1").status_code for one in (guest, stranger)]
    manager.elsewhere(browser=tablet.browser).becomes("tablet")

    then = [one.post("/feedback", stars="1").status_code for one in (guest, tablet)]

    assert (at_first, then) == ([201, 403], [403, 201])
    assert stranger.browser.get("/feedback").location == "/"


@on_sqlite_only
def test_how_many_stars_a_browser_may_give_is_limited(shop_with):
    app = shop_with(KIOSK_SIGNUPS_PER_MINUTE="2")
    guest = Guest(app)
    with time_machine.travel(now(), tick=False):
        statuses = [guest.post("/feedback", stars="1").status_code for _ in range(6)]
        signed_up = guest.sign_up().status_code

    assert (statuses, signed_up) == ([201] * 4 + [429] * 2, 201)
    with app.app_context():
        assert db.session.query(Feedback).count() == 4


def test_what_nobody_said_at_the_tablet_stands_on_today_without_a_name(manager, customer_at_tablet):
    customer_at_tablet.post("/feedback", stars="1", comment="Waited long")

    page = manager.visit("/office")

    assert "Waited long" in page.text and "1.0" in page.text
    assert "/office/customers/" not in page.html.partition("Waited long")[2].partition("</li>")[0]


def asks_later(app, *keys):
    """The shop asks these questions one by one, after the visits."""
    asked = tuple(
        replace(one, when="later") if one.key in keys else one for one in built_in_questions.BUILT_IN.questions
    )
    app.extensions["questionnaires"] = {0: Questionnaire(0, asked)}


def kept_answers(app):
    with app.app_context():
        return [
            (row.question, row.value, row.signup_id)
            for row in db.session.query(Answer).filter(Answer.question != "source").order_by(Answer.id)
        ]


def comes_again(app):
    with app.app_context():
        bought = visits.Purchase(amount=100_00, is_confirmed=True)
        visits.record(db.session.query(Customer).one(), new_id(), now(), by=at_till(), purchase=bought)


def test_after_a_visit_the_card_asks_one_more_question_and_none_before_the_next(customer_on_phone, card, app):
    asks_later(app, "interests", "age_range")
    customer_on_phone.visit(card)
    assert "How old are you?" not in customer_on_phone.visit(card).text  # first how it was
    customer_on_phone.post(f"{card}/feedback", stars="5")

    first = customer_on_phone.visit(card).text
    answer = customer_on_phone.post(f"{card}/answers", question="interests", interests=["kids", "new"])
    page = customer_on_phone.visit(card).text

    assert "What would you like offers on?" in first and "How old are you?" not in first
    assert (answer.status_code, kept_answers(app)) == (201, [("interests", "new", None), ("interests", "kids", None)])
    assert "How old are you?" not in page and "What would you like offers on?" not in page


def test_a_question_that_was_skipped_is_never_asked_again(customer_on_phone, card, app):
    asks_later(app, "frequency", "age_range")
    customer_on_phone.visit(card)
    customer_on_phone.post(f"{card}/feedback", stars="5")

    skipped = customer_on_phone.post(f"{card}/answers", json=False, question="frequency", skip="yes")
    again = customer_on_phone.post(f"{card}/answers", question="frequency", frequency="week")
    comes_again(app)
    customer_on_phone.post(f"{card}/feedback", stars="5")

    assert (skipped.status_code, skipped.location) == (303, f"{card}?thanks=answer")
    assert (again.status_code, again.json["refusal"]) == (409, "nothing_to_answer")
    assert kept_answers(app) == [("frequency", "", None)]
    page = customer_on_phone.visit(card).text
    assert "How old are you?" in page and "How often do you visit us?" not in page


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 409), ({"question": "age_range"}, 422), ({"question": "age_range", "age_range": "7"}, 422),
     ({"question": "source", "source": "friend"}, 409), ({"question": "birthday", "birthday": "05-01"}, 409)],
)  # fmt: skip
def test_only_the_question_that_is_asked_is_answered(customer_on_phone, card, app, sent, status):
    asks_later(app, "age_range")
    customer_on_phone.visit(card)

    assert customer_on_phone.post(f"{card}/answers", **sent).status_code == status
    assert kept_answers(app) == []


def test_every_kind_is_asked_on_the_card_and_a_skipped_one_harms_no_page(manager, customer_on_phone, card, app):
    asks_later(app, "birthday", "reasons", "recommend", "comment", "visit")
    customer_on_phone.visit(card)
    customer_on_phone.post(f"{card}/feedback", stars="5")
    for key in ("birthday", "recommend", "reasons", "visit", "comment"):
        assert f'value="{key}"' in customer_on_phone.visit(card).html
        assert customer_on_phone.submit(f"{card}/answers", 422, question=key).html.count(f'id="error-{key}"') <= 1
        customer_on_phone.post(f"{card}/answers", question=key, skip="yes")
        comes_again(app)
        customer_on_phone.post(f"{card}/feedback", stars="5")

    manager.visit("/office/customers/1")
    manager.visit("/office/customers/1/copy")


def test_a_shop_that_asks_nothing_later_asks_nothing(customer_on_phone, card):
    customer_on_phone.visit(card)
    customer_on_phone.post(f"{card}/feedback", stars="5")

    assert "one-more" not in customer_on_phone.visit(card).html


def shows(person, code) -> str:
    """What the tablet says to whoever scans or types this there."""
    assert person.post("/card", json=False, q=code).status_code == 303
    return person.visit("/card/question", follow_redirects=True).text


def test_at_the_tablet_a_card_is_asked_one_more_question_and_never_twice(app, customer_at_tablet, card):
    asks_later(app, "frequency", "age_range")
    with app.app_context():
        number = db.session.query(Customer.card_number).scalar()

    assert "How often do you visit us?" in shows(customer_at_tablet, number)
    customer_at_tablet.post("/card/question", json=False, question="frequency", may_skip="yes", frequency="week")

    assert kept_answers(app) == [("frequency", "week", None)]
    assert "How old are you?" not in shows(customer_at_tablet, number)
    comes_again(app)
    assert "How old are you?" in shows(customer_at_tablet, f"HTTPS://SHOP.EXAMPLE{card.upper()}")
    customer_at_tablet.post("/card/question", json=False, question="age_range", may_skip="yes")
    assert kept_answers(app)[1:] == [("age_range", "", None)]


def test_the_tablet_tells_nobody_whose_a_code_is_and_stops_looking_after_the_days_misses(shop_with):
    app = shop_with(KIOSK_MISSES_PER_DAY="3")
    tablet, nobodys = Guest(app), ["9000 0000 0008", "no card", "731904558216"]
    tablet.visit("/")
    code = tablet.sign_up().json["code"]
    with app.app_context():
        coupons.redeem(code, new_id(), now(), by=at_till())
    asks_later(app, "frequency")

    nothing_to_ask = {shows(tablet, one) for one in nobodys}
    assert len(nothing_to_ask) == 1 and "Tell the cashier your name or number" in nothing_to_ask.pop()
    assert "How often do you visit us?" in shows(tablet, code)
    with app.app_context():
        wrong = [codes.new_card_number() for _ in range(3)]
    for one in wrong:
        shows(tablet, one)
    assert "How often do you visit us?" not in shows(tablet, code)
