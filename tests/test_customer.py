"""One customer's page in the office: all that is known of her, and what may be done with it."""

import hashlib
from datetime import date, timedelta

import pytest
from shop import NOON, PASSPHRASE_HASH, a_coupon, an_offer, at_till, new_id
from sqlalchemy import select, text

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, lookups, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import decisions, notes, profile
from kiosk.customers.profile import Rhythm
from kiosk.guard import audit
from kiosk.models import Audit, Consent, Coupon, Customer, Feedback, Staff, Visit
from kiosk.shop import shop

DAY = timedelta(days=1)


def visited(till, customer, *days, **said):
    """Visits so many days after noon; the purchases are confirmed."""
    bought = Purchase(**{"amount": 100_00, "is_confirmed": True} | said)
    return [visits.record(customer, new_id(), NOON + day * DAY, by=till, purchase=bought)[0] for day in days]


@pytest.mark.parametrize(
    ("days", "at", "said"),
    [
        ((), 3, Rhythm(0, None, None)),
        ((0,), 3, Rhythm(1, None, 3)),
        ((0, 10), 12, Rhythm(2, None, 2)),
        ((0, 10, 10, 10), 12, Rhythm(4, None, 2)),
        ((0, 10, 31, 40), 52, Rhythm(4, 13, 12, date(2027, 1, 13))),
        ((0, 1, 1, 3), 3, Rhythm(4, 2, 0, date(2026, 11, 26))),
        ((0, 4, 8), 5, Rhythm(3, 4, 0, date(2026, 12, 3))),  # the clock has gone back
    ],
)
def test_a_rhythm_is_days_between_the_days_she_came(in_shop, days, at, said):
    till, customer, other = at_till(), a_coupon().customer, a_coupon().customer
    visited(till, customer, *days)
    visited(till, other, 0, 2, 7, 9)

    assert profile.rhythm(customer, NOON + at * DAY) == said


def test_what_was_undone_or_moved_is_no_part_of_a_rhythm(in_shop):
    till, customer, other = at_till(), a_coupon().customer, a_coupon().customer
    made = visited(till, customer, 0, 5, 10, 11, 12)
    corrections.undo_visit(made[3].id, new_id(), NOON + 12 * DAY, by=till, reason="Twice")
    corrections.correct(made[4].id, new_id(), NOON + 12 * DAY, by=till, reason="Not her", customer_id=other.id)

    assert profile.rhythm(customer, NOON + 12 * DAY) == Rhythm(3, 5, 2, date(2026, 12, 6))
    assert profile.rhythm(other, NOON + 12 * DAY) == Rhythm(1, None, 0)


def everything(app, manager, customer_id=1) -> dict:
    return manager.browser.get(f"/office/customers/{customer_id}", headers={"Accept": "application/json"}).json


def stored(app, customer_id=1) -> Customer:
    with app.app_context():
        return db.session.get(Customer, customer_id)


def audited(app, action) -> list[tuple]:
    """Whom or what the log names, and the fields, of each time it was done."""
    with app.app_context():
        rows = db.session.scalars(select(Audit).where(Audit.action == action, Audit.outcome == "done")).all()
        return [(row.object_id, row.details) for row in rows]


@pytest.fixture
def marisol(app):
    """A customer with a history; and Mirasol, about whom nothing may stand on her page."""
    with app.app_context():
        till = at_till("Tess")
        hers = a_coupon(name="Marisol Reyes", city="Cebu", phone="0917 123 4567", source="friend", consent_sms="yes")
        other = a_coupon(name="Mirasol Santos", city="Davao", email="mirasol@example.com", source="search")
        coupons.redeem(hers.code, new_id(), NOON, by=till, amount=1500_00, what="Balayage", served_by="Lorna")
        visited(till, hers.customer, 10, 20, 30, 40, amount=450_00, what="Cut", served_by="Lorna")
        visited(till, other.customer, 5, 6, amount=333_00, what="Perm", served_by="Jun")
        for customer, word in ((hers.customer, "ammonia"), (other.customer, "henna")):
            notes.add(customer.id, f"Allergic to {word}", NOON, by=till)
            with writing():
                said = {"stars": 2, "comment": f"I smelt {word}", "language": "en", "given_at": NOON}
                db.session.add(Feedback(customer_id=customer.id, **said))
        return hers.customer_id


def test_her_page_says_everything_of_her_and_nothing_of_anybody_else(app, manager, marisol):
    page = manager.visit(f"/office/customers/{marisol}")
    said = " ".join(page.text.replace("\xa0", " ").split())

    for told in ("Marisol Reyes", "5 visits, every 10 days on average.", "₱3,300, ₱150 of it taken off", "Cebu",
                 "+63 917 123 4567", "Friend or family", "Allergic to ammonia", "I smelt ammonia", "Lorna",
                 "Used: 10% off (Welcome offer)", "on the tablet, confirmed"):  # fmt: skip
        assert told in said, told
    for untold in ("Mirasol", "Davao", "henna", "₱333", "Perm", "Jun", "Online search"):
        assert untold not in said, untold
    assert len(page.all("circle")) - 3 == 5 + 1  # the shop's sign has three
    assert "Show all 5" in said


def test_the_json_is_what_plain_sql_says(app, manager, marisol):
    told = everything(app, manager, marisol)
    assert "henna" not in str(told)
    assert "Santos" not in str(told)

    def rows(sql):
        with app.app_context():
            return [list(row) for row in db.session.execute(text(sql))]

    def of(part, *names):
        return [[one[name] for name in names] for one in told[part]]

    assert [told[name] for name in ("id", "name", "city", "phone", "email", "language")] == rows(
        "SELECT id, name, city, phone, email, language FROM customer WHERE name = 'Marisol Reyes'")[0]  # fmt: skip
    assert of("visits", "id", "amount", "discount", "what", "served_by") == rows(
        "SELECT id, amount, discount, what, served_by FROM visit WHERE customer_id = 1 ORDER BY happened_at DESC"
    )
    assert of("coupons", "id") == rows("SELECT id FROM coupon WHERE customer_id = 1")
    assert told["coupons"][0] | {"id": 1} == {
        "id": 1, "purpose": "welcome", "worth": "10% off", "state": "used", "valid_until": "2026-12-21"}  # fmt: skip
    assert of("answers", "question", "value") == rows("SELECT question, value FROM answer WHERE customer_id = 1")
    assert of("consents", "purpose", "decision", "wording") == rows(
        "SELECT purpose, decision, wording FROM consent WHERE customer_id = 1")  # fmt: skip
    assert of("notes", "id", "text") == rows("SELECT id, text FROM note WHERE customer_id = 1")
    assert of("feedback", "id", "stars", "comment") == rows(
        "SELECT id, stars, comment FROM feedback WHERE customer_id = 1")  # fmt: skip
    assert told["visits"][0]["at"] == (NOON + 40 * DAY).isoformat()


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
def test_every_language_writes_her_page_its_own_way(app, manager, marisol, language):
    page = manager.visit(f"/office/customers/{marisol}?language={language}")

    assert page.all("html")[0]["lang"] == language
    assert {"en": "₱3,300", "fil": "₱3,300", "nb": "3\xa0300", "ru": "3\xa0300"}[language] in page.text
    manager.visit(f"/office/visits/1?language={language}")


def test_a_merged_customer_leads_to_the_one_who_is_kept_and_nobody_is_not_found(app, manager, marisol):
    with app.app_context(), writing():
        db.session.get(Customer, 2).merged_into_id = marisol

    led = manager.browser.get("/office/customers/2")

    assert (led.status_code, led.location) == (303, "/office/customers/1")
    manager.visit("/office/customers/99", 404)
    manager.visit("/office/visits/99", 404)
    manager.post("/office/customers/2/notes", text="Hers")
    assert everything(app, manager)["notes"][0]["text"] == "Hers"


FORMS = {
    "/office/customers/1": {"name": "X"}, "/office/customers/1/notes": {"text": "X"},
    "/office/customers/1/coupons": {"offer_id": 1, "reason": "X"}, "/office/coupons/1/void": {"reason": "X"},
    "/office/customers/1/consents": {"purpose": "sms", "decision": "withdrawn"},
    "/office/visits/1": {"amount": "1", "reason": "X", "operation_id": "1" * 32},
}  # fmt: skip


@pytest.mark.parametrize("path", FORMS)
def test_only_a_manager_gets_in(app, cashier, stranger, marisol, path):
    before = Tables(app)
    stranger.visit("/")

    assert cashier.post(path, **FORMS[path]).status_code == 403
    assert stranger.post(path, **FORMS[path]).status_code == 401
    assert stranger.post(path, json=False, **FORMS[path]).status_code == 303
    page = "/office/visits/1" if "visits" in path else "/office/customers/1"
    assert [one.browser.get(page).status_code for one in (cashier, stranger)] == [403, 303]
    assert Tables(app) == before


class Tables:
    """What is stored of customers, to compare."""

    def __init__(self, app):
        with app.app_context():
            names = ("customer", "name_word", "visit", "coupon", "consent", "note", "answer")
            self.rows = {name: sorted(map(str, db.session.execute(text(f"SELECT * FROM {name}")))) for name in names}

    def __eq__(self, other):
        return self.rows == other.rows


def test_a_corrected_customer_is_found_by_what_is_right_only(app, manager, marisol):
    right = {"name": "Marisól Cruz", "city": "Lapu-Lapu", "phone": "0918 765 4321", "email": "M@Example.com"}

    assert manager.post(f"/office/customers/{marisol}", language="fil", **right).status_code == 200

    hers = stored(app)
    assert (hers.name, hers.city, hers.phone) == ("Marisól Cruz", "Lapu-Lapu", "+639187654321")
    assert (hers.email, hers.email_domain, hers.language) == ("m@example.com", "example.com", "fil")
    assert hers.phone_backwards == "123456781936"
    assert hers.contact_checked_at is not None
    with app.app_context():
        for asked in ("0918 765 4321", "4321", "m@example.com", "marisol", "cruz"):
            assert lookups.find(asked).id == marisol
        for gone in ("0917 123 4567", "4567", "reyes"):
            with pytest.raises(Refusal):
                lookups.find(gone)
    fields = {"name": "", "city": "", "phone": "", "email": "", "language": ""}
    assert audited(app, "customer_change") == [("1", fields)]


def test_a_field_that_was_not_sent_or_not_changed_stays(app, manager, marisol):
    manager.post(f"/office/customers/{marisol}", city="Bohol")
    manager.post(f"/office/customers/{marisol}", phone="0917-123-4567", name="Marisol Reyes")

    hers = stored(app)
    assert (hers.name, hers.city, hers.phone) == ("Marisol Reyes", "Bohol", "+639171234567")
    assert hers.contact_checked_at is None
    assert audited(app, "customer_change") == [("1", {"city": ""})]


def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(app, manager, marisol):
    wrong = {"name": "x" * 61, "city": "Ma\x00nila", "phone": "12", "email": "nobody", "language": "xx"}
    before = Tables(app)

    page = manager.submit(f"/office/customers/{marisol}", **wrong)

    assert page.response.status_code == 422
    assert [page.field(name) for name in ("name", "phone", "email")] == ["x" * 61, "12", "nobody"]
    answer = manager.post(f"/office/customers/{marisol}", **wrong)
    assert answer.json["errors"].keys() == {"name", "city", "phone", "email", "language"}
    assert manager.post(f"/office/customers/{marisol}", phone="", email="").status_code == 422
    assert Tables(app) == before


@pytest.mark.parametrize("sent", [{"email": "MIRASOL@example.com"}, {"phone": "0918 000 0001"}])
def test_a_contact_that_is_another_customers_is_refused_with_who_that_is(app, manager, marisol, sent):
    with app.app_context(), writing():
        db.session.get(Customer, 2).phone = "+639180000001"
    before = Tables(app)

    refused = manager.post(f"/office/customers/{marisol}", **sent)
    page = manager.submit(f"/office/customers/{marisol}", 409, **sent)

    assert (refused.status_code, refused.json) == (409, {"refusal": "belongs_to_another", "other_id": 2})
    assert 'href="/office/customers/1/merge?other_id=2"' in page.html
    assert "Is it the same person?" in page.text
    assert "Mirasol" not in page.text
    assert Tables(app) == before


def test_a_contact_of_a_row_that_was_merged_into_hers_is_hers(app, manager, marisol):
    with app.app_context(), writing():
        db.session.get(Customer, 2).merged_into_id = marisol

    assert manager.post(f"/office/customers/{marisol}", email="mirasol@example.com").status_code == 200
    assert (stored(app).email, stored(app, 2).email, stored(app, 2).email_domain) == ("mirasol@example.com", None, None)


def test_a_note_keeps_its_lines(app, manager, marisol):
    made = manager.post(f"/office/customers/{marisol}/notes", text=" Likes tea.\r\nNo <b>sugar</b>. ")

    assert made.status_code == 201
    assert everything(app, manager)["notes"][0]["text"] == "Likes tea.\nNo <b>sugar</b>."
    page = manager.visit(f"/office/customers/{marisol}")
    assert "Likes tea.\nNo <b>sugar</b>." in page.text
    assert "Ana, " in page.text
    assert audited(app, "note")[-1] == ("1", None)


@pytest.mark.parametrize("note", ["", " \n ", "x" * 1001, "a\x07b"])
def test_a_note_that_is_none_is_asked_for_again(app, manager, marisol, note):
    page = manager.submit(f"/office/customers/{marisol}/notes", text=note)

    assert "hidden" not in next(one for one in page.all("p") if one.get("id") == "error-text")
    assert note.strip() in page.text.replace("\r", "")
    assert len(everything(app, manager)["notes"]) == 1


def test_a_coupon_by_hand_is_one_a_series_unless_there_is_a_reason(app, manager, marisol):
    path, now_ = f"/office/customers/{marisol}/coupons", {"offer_id": 1}

    refused, page = manager.post(path, **now_), manager.submit(path, 409, **now_)
    given = manager.post(path, reason="Waited for an hour", **now_)
    again = manager.post(path, reason="And again", **now_)

    assert (refused.status_code, refused.json) == (409, {"refusal": "already_had"})
    assert "has had this offer already" in page.text
    assert given.status_code == 201
    assert manager.look_up(given.json["code"]).json["state"] == "issued" if given else None
    assert again.json == {"refusal": "already_had"}
    told = everything(app, manager)
    assert [one["state"] for one in told["coupons"]] == ["issued", "used"]
    assert told["notes"][0]["text"] == "Coupon given: Waited for an hour"
    assert audited(app, "give") == [(str(given.json["coupon_id"]), None)]


def test_a_coupon_by_hand_is_of_an_active_offer(app, manager, marisol):
    with app.app_context():
        old = an_offer("gift", 0, purpose="birthday", gift={"en": "A rose"}).id
        new = an_offer("gift", 0, purpose="birthday", gift={"en": "Two roses"}).id
    path = f"/office/customers/{marisol}/coupons"

    refused = [manager.post(path, offer_id=number) for number in (old, 99, "x", "")]
    given = manager.post(path, json=False, offer_id=new)

    assert [one.json for one in refused] == [{"refusal": "unknown"}] * 4
    assert (given.status_code, given.location) == (303, "/office/customers/1#waiting")
    assert "Two roses" in manager.visit(f"/office/customers/{marisol}").text


def test_no_coupon_is_given_after_the_offers_last_day(app, manager, marisol):
    with app.app_context():
        shop.decide(NOON, by=None, last_day="2026-01-31")

    assert manager.post(f"/office/customers/{marisol}/coupons", offer_id=1, reason="Nice").json == {"refusal": "ended"}


def test_a_void_coupon_is_worth_nothing_at_the_till(app, manager, marisol):
    with app.app_context():
        code = db.session.get(Coupon, 2).code
    path = "/office/coupons/2/void"

    wrong = manager.submit(path, reason=" ")
    done, again = (manager.post(path, reason="Given twice") for _ in range(2))
    used = manager.post("/office/coupons/1/void", reason="Given twice")

    assert "Enter a reason for cancelling" in wrong.text
    assert (done.status_code, done.json) == (200, {"voided": True})
    assert (again.json, used.json) == ({"refusal": "void"}, {"refusal": "used"})
    assert audited(app, "void") == [("2", None)]
    till = manager.elsewhere()
    till.becomes("till")
    till.sign_in()
    assert till.redeem(code).json["refusal"] == "void"
    assert everything(app, manager, 2)["notes"][0]["text"] == "Coupon cancelled: Given twice"
    assert manager.post("/office/coupons/99/void", reason="X").status_code == 404


def test_who_withdraws_is_told_nothing_more_and_what_was_said_is_kept(app, manager, marisol):
    path, no = f"/office/customers/{marisol}/consents", {"purpose": "sms", "decision": "withdrawn"}
    assert stored(app).may_sms

    assert manager.post(path, **no).status_code == 201
    assert not stored(app).may_sms
    assert manager.post(path, purpose="call", decision="yes").status_code == 201

    assert (stored(app).may_sms, stored(app).may_call, stored(app).may_email) == (False, True, False)
    told = everything(app, manager)["consents"]
    assert [(one["purpose"], one["decision"], one["method"]) for one in told] == [
        ("call", "yes", "staff"), ("sms", "withdrawn", "staff"), ("sms", "yes", "tablet")]  # fmt: skip
    assert told[0]["wording"] == "Yes, call me about offers from My shop. I can stop at any time."
    page = " ".join(manager.visit(f"/office/customers/{marisol}").text.split())
    assert "told to Ana, confirmed" in page
    assert audited(app, "consent") == [("1", {"sms": ""}), ("1", {"call": ""})]
    with app.app_context():
        row = db.session.scalars(select(Consent).order_by(Consent.id.desc())).first()
        assert (row.staff_id, row.is_verified, row.language) == (manager.id, True, "en")
        assert row.wording_hash == hashlib.sha256(row.wording.encode()).hexdigest()


def test_what_she_agreed_to_is_kept_in_her_language(app, manager):
    with app.app_context():
        a_coupon(language="ru", phone="0917 123 4567")

    manager.post("/office/customers/1/consents", purpose="sms", decision="yes")

    said = everything(app, manager)["consents"][0]
    assert (said["language"], said["wording"][:16]) == ("ru", "Да, присылайте м")


@pytest.mark.parametrize(
    ("purpose", "decision"), [("fax", "yes"), ("sms", "maybe"), ("", ""), ("email", "yes"), ("processing_form", "yes")]
)
def test_a_decision_that_is_none_is_refused(app, manager, marisol, purpose, decision):
    before, sent = Tables(app), {"purpose": purpose, "decision": decision}

    assert manager.post(f"/office/customers/{marisol}/consents", **sent).status_code == 422
    manager.submit(f"/office/customers/{marisol}/consents", **sent)
    assert Tables(app) == before


def test_a_yes_by_herself_stays_unconfirmed_and_a_no_counts_at_once(in_shop):
    customer = a_coupon(email="m@example.com").customer

    decisions.decide(customer.id, "email", "yes", NOON, by=None)
    decided = profile.of(customer, NOON).consents[0]
    assert (decided[0].method, decided[1], decided[2]) == ("phone", False, None)

    decisions.decide(customer.id, "email", "withdrawn", NOON, by=None)
    db.session.refresh(customer)
    assert not customer.may_email


def test_a_visit_is_moved_to_who_is_found_by_name_number_or_card(app, manager, marisol):
    card = stored(app, 2).card_number
    for visit_id, who in ((2, "mirasol"), (3, "mirasol@example.com"), (4, card)):
        sent = {"operation_id": new_id(), "customer": who, "reason": "The wrong card"}
        moved = manager.post(f"/office/visits/{visit_id}", **sent)
        assert (moved.status_code, manager.post(f"/office/visits/{visit_id}", **sent).status_code) == (201, 200)

    hers, other = stored(app), stored(app, 2)
    assert (hers.visits, hers.spent) == (2, 1950_00)
    assert (other.visits, other.spent) == (5, 666_00 + 3 * 450_00)
    assert sum(visit["amount"] for visit in everything(app, manager, 2)["visits"]) == other.spent
    assert len(everything(app, manager)["visits"]) == 2
    with app.app_context():
        assert {row.device_id for row in db.session.scalars(select(Visit))} == {1}  # that of the till it was at


def test_what_is_corrected_at_a_desk_belongs_to_the_till_it_was_at(app, manager, marisol):
    desk, sent = manager.elsewhere(), {"operation_id": new_id(), "amount": "400", "reason": "Typed wrongly"}
    desk.sign_in()

    statuses = [desk.post("/office/visits/2", **sent).status_code for _ in range(2)]

    assert not desk.browser.get_cookie("device")
    assert statuses == [201, 200]
    assert stored(app).spent == 1500_00 + 400_00 + 3 * 450_00
    with app.app_context():
        corrected = select(Visit).where((Visit.id == 2) | (Visit.corrects_id == 2) | (Visit.replaces_id == 2))
        assert [row.device_id for row in db.session.scalars(corrected)] == [1, 1, 1]


def test_even_a_correction_right_after_the_purchase_says_why(app, manager, marisol):
    card = stored(app).card_number
    visit = manager.post("/till/visits", code=card, operation_id=new_id(), amount="70").json["visit_id"]

    refused = manager.post(f"/office/visits/{visit}", operation_id=new_id(), amount="60")

    assert refused.json == {"errors": {"reason": "Enter a reason for the correction"}}


def test_a_refund_is_a_smaller_amount_and_its_discount_follows(app, manager, marisol):
    sent = {"operation_id": new_id(), "amount": "500", "reason": "Half was given back"}

    done = manager.post("/office/visits/1", json=False, **sent)

    assert (done.status_code, done.location) == (303, "/office/customers/1#visits")
    assert (stored(app).visits, stored(app).spent) == (5, 500_00 + 4 * 450_00)
    refunded = next(one for one in everything(app, manager)["visits"] if one["discount"])
    assert (refunded["amount"], refunded["discount"]) == (500_00, 50_00)
    late = manager.submit("/office/visits/1", 409, **sent | {"operation_id": new_id()})
    assert "corrected or undone before" in late.text
    assert {object_id for object_id, details in audited(app, "correct") if details is None}


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"amount": "500"}, {"reason"}),
        ({"amount": "a lot", "customer": "nobody", "reason": "X"}, {"amount", "customer"}),
        ({"reason": "X"}, {"amount"}),
        ({"amount": "450", "customer": "marisol", "reason": "X"}, {"amount"}),
        ({"customer": "s", "reason": "X"}, {"customer"}),
    ],
)
def test_a_correction_that_is_none_is_asked_for_again(app, manager, marisol, sent, wrong):
    with app.app_context():
        a_coupon(name="Sally")
        a_coupon(name="Sonya")
    before = Tables(app)

    page = manager.submit("/office/visits/2", operation_id=new_id(), **sent)

    assert [page.field(name) or "" for name in sent] == list(sent.values())
    answer = manager.post("/office/visits/2", operation_id=new_id(), **sent)
    assert answer.json["errors"].keys() == wrong
    assert Tables(app) == before


def test_a_forgotten_customers_visit_and_coupon_have_no_page(app, manager, marisol):
    with app.app_context(), writing():
        for row in (db.session.get(Visit, 1), db.session.get(Coupon, 1)):
            row.customer_id = None

    manager.visit("/office/visits/1", 404)
    assert manager.post("/office/visits/1", amount="1", reason="X").status_code == 404
    assert manager.post("/office/coupons/1/void", reason="X").status_code == 404


POLYGLOTS = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{7*7}}", "${7*7}", "<%= 7*7 %>",
    "'; DROP TABLE customer; --", "javascript:alert(1)", "<svg/onload=alert(1)>", "&lt;b&gt;",
    "</title><script>alert(1)</script>", "O’Brien-Ñuñez", "Nguyễn Thị Ánh",
    "Ольга Ёлкина", "陳大文", "محمد عبد الله", "अनुष्का", "👩‍👩‍👧 Ana", "%s %(name)s %d", "Null", "a" * 60,
)  # fmt: skip


def test_odd_names_are_shown_as_they_are_and_run_nothing(app, manager):
    with app.app_context():
        numbers = [a_coupon(name=name, city=name).customer_id for name in POLYGLOTS]
    for number, name in zip(numbers, POLYGLOTS, strict=True):
        manager.post(f"/office/customers/{number}/notes", text=name)
        page = manager.visit(f"/office/customers/{number}")

        assert page.text.count(name) >= 4, name  # the title, the heading, the town, the note
        assert page.field("name") == name
        assert everything(app, manager, number)["name"] == name
        assert not [tag for tag, its in page.tags if tag == "img" or {"onload", "onerror"} & its.keys()]
        assert len(page.all("script")) == 0


def test_nothing_personal_is_in_the_log(app, manager, marisol):
    manager.post(f"/office/customers/{marisol}", name="Secretina", city="Hidden Town", phone="0918 765 4321")
    manager.post(f"/office/customers/{marisol}", email="mirasol@example.com")
    manager.post(f"/office/customers/{marisol}/notes", text="Whispered")
    manager.post(f"/office/customers/{marisol}/coupons", offer_id=1, reason="Whispered")
    manager.post("/office/coupons/2/void", reason="Whispered")
    manager.post(f"/office/customers/{marisol}/consents", purpose="call", decision="yes")
    manager.post("/office/visits/2", amount="1", reason="Whispered", operation_id=new_id())

    with app.app_context():
        rows = db.session.execute(text("SELECT action, object_id, outcome, details FROM audit"))
        log = str([list(row) for row in rows])
        assert list(audit.troubles()) == []
    for word in ("Secretina", "Hidden", "8765", "mirasol", "Whispered", "Reyes", "4567"):
        assert word not in log, word
    entries = " ".join(manager.visit("/office/audit?about=customer+1").text.split())
    for said in ("Correct a customer", "Write a note", "Give a coupon", "Record a decision", "Correct a purchase"):
        assert said in entries
    assert "Mobile" in entries


def test_today_and_the_log_lead_to_her_page(app, manager, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria")
    customer_at_tablet.sign_up(name="")
    manager.post("/office/customers/1/notes", text="Kind")

    assert 'href="/office/customers/1">Maria</a>' in manager.visit("/office").html
    assert 'href="/office/customers/2" aria-label="Customer 2">–</a>' in manager.visit("/office").html
    assert 'href="/office/customers/1">Customer 1</a>' in manager.visit("/office/audit").html


def test_who_may_only_export_sees_todays_names_without_a_way_on(app, manager, customer_at_tablet):
    customer_at_tablet.sign_up(name="Maria")
    manager.visit("/office/people")
    manager.post("/office/people", name="Ben", role="cashier", pin="820461")
    with app.app_context(), writing():
        ben = db.session.scalar(select(Staff).where(Staff.name == "Ben"))
        ben.may_export, ben.passphrase_hash = True, PASSPHRASE_HASH
    exporter = manager.elsewhere(name="Ben")
    exporter.sign_in()

    assert "/office/customers/" not in exporter.visit("/office").html
    assert exporter.browser.get("/office/customers/1").status_code == 403
