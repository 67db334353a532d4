"""A list of the years before comes in: whole, read rightly, and can be taken back."""

import io
import json
from datetime import datetime, timedelta

import openpyxl
import pytest
from flask_babel import force_locale
from shop import NOON, an_offer, at_till, new_id, signed_up
from test_list_files import CARD_2, CARD_3, CARD_4, workbook

from kiosk import models
from kiosk.base import outside
from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import decisions, forgetting, merging, notes, profile
from kiosk.imports import bringing, trial
from kiosk.models import Answer, Consent, Coupon, Customer, ImportBatch, ImportPiece, NameWord, Note, Opening
from kiosk.reports import downloads, exports
from kiosk.rewards import outreach
from kiosk.shop import shop
from kiosk.signups import consents

LATER = NOON + timedelta(hours=1)
PLAIN = "Name;Mobile;Email\nAna Cruz;0917 555 0001;ana@example.com\nBjørn Åse;0917 555 0002;\n"


def uploaded(data: bytes | str, by=None, **said) -> ImportBatch:
    return trial.upload(io.BytesIO(data.encode() if isinstance(data, str) else data), NOON, by=by, **said)


def brought(data: bytes | str, **said) -> list[Customer]:
    """The customers whom a list makes, in its order."""
    batch = uploaded(data, **said)
    bringing.bring(batch.id, NOON, by=None)
    ids = db.select(Opening.customer_id).where(Opening.batch_id == batch.id)
    return list(db.session.scalars(db.select(Customer).where(Customer.id.in_(ids)).order_by(Customer.id)))


def reasons(data: str | bytes) -> list[tuple]:
    batch = uploaded(data)
    return [(one.row, one.kind, one.why) for one in trial.judged(batch)]


def test_a_workbook_with_a_title_an_empty_column_numbers_and_dates(in_shop):
    rows = [["Our customers"], [], ["Name", "", "Mobile", "Birthday", "Visits", "Spent", "Notes"],
            ["Ana Cruz", "", 9175550001, "1990-05-17", 7, 1250.5, "Likes tea"]]  # fmt: skip
    till = at_till()

    (ana,) = brought(workbook(*rows))

    assert (ana.phone, ana.visits, ana.spent) == ("+639175550001", 7, 125050)
    assert db.session.query(Answer).one().value == "05-17"
    assert (db.session.query(Note).one().text, db.session.query(Note).one().staff_id) == ("Likes tea", till.staff_id)
    assert not (ana.may_sms or ana.may_email)
    assert (db.session.query(Consent).count(), db.session.query(Coupon).count()) == (0, 0)
    assert db.session.query(NameWord).count() == 2


def test_an_address_book(in_shop):
    at_till()

    for card in (CARD_2, CARD_3, CARD_4):
        (one,) = brought(card)

        assert (one.name, one.phone) == ("Bjørn Åse", "+639175550002")
        assert db.session.query(Note).one().text == "likes tea"
        assert db.session.query(Answer).one().value == "05-17"
        forgetting.forget(one.id, LATER, by=None)


def test_a_second_number_is_kept_as_a_note(in_shop):
    at_till()

    brought("Name;Mobile\nAna;0917 123 4567, 0918 123 4567\n")

    assert db.session.query(Note).one().text == "+639181234567"


def test_of_a_birthday_no_year_is_kept(in_shop):
    brought("Name;Mobile;Birthday\nAna;09175550001;17.05.1990\n")

    stored = [column for row in db.session.execute(db.select(Answer)) for column in vars(row[0]).values()]
    assert "1990" not in str(stored)


def test_a_consent_counts_only_with_when_and_how(in_shop):
    head = "Name;Mobile;SMS consent when;SMS consent how\n"

    people = brought(
        head + "Ana;09175550001;2024-03-01;ticked on our paper form\nBen;09175550002;2024-03-01;\n"
        "Cy;09175550003;;by mouth\nDee;09175550004;2999-01-01;by mouth\n"
    )

    assert [one.may_sms for one in people] == [True, False, False, False]
    consent = db.session.query(Consent).one()
    assert (consent.wording, consent.method, f"{shop.current().day_of(consent.decided_at)}") == (
        "ticked on our paper form", "import", "2024-03-01",
    )  # fmt: skip


def test_a_consent_is_no_more_than_the_list_says(in_shop):
    paper = "2024-03-01;ticked on our paper form"

    people = brought(
        "Name;Mobile;Email;SMS consent;SMS consent when;SMS consent how\n"
        f"Ana;09175550001;;yes;{paper}\nBen;09175550002;;;{paper}\nCy;;cy@example.com;yes;{paper}\n"
        f"Dee;09175550004;;not confirmed;{paper}\nEve;09175550005;;withdrawn;{paper}\n"
    )

    assert [one.may_sms for one in people] == [True, False, False, True, False]
    kept = [(one.customer.name, one.decision, one.is_verified) for one in db.session.query(Consent)]
    assert kept == [("Ana", "yes", True), ("Dee", "yes", False), ("Eve", "withdrawn", True)]
    may_be_told = db.select(Customer.name).where(outreach.agreed("sms"))
    assert db.session.scalars(may_be_told).all() == ["Ana"]


def test_a_yes_without_when_and_how_is_said_to_be_left_out(in_shop):
    head = "Name;Mobile;SMS consent;SMS consent when;SMS consent how\n"
    undated = ["No consent: the list does not say when and how it was given"]

    said = reasons(
        head + "Ana;09175550001;yes;;\nBen;09175550002;yes;2024-03-01;\nCy;09175550003;no;;\n"
        "Dee;09175550004;;2024-03-01;\nEve;09175550005;yes;2024-03-01;on paper\n"
    )

    assert [why for _, _, why in said] == [undated, undated, [], [], []]


def test_who_is_known_or_doubled_stays_as_is(in_shop):
    known = signed_up(name="Ana Cruz", phone="09175550001").coupon.customer

    said = reasons("Name;Mobile\nAnna;+63 917 555 0001\nBen;09175550002\nBen B;9175550002\nNobody;\n")

    assert [kind for _, kind, _ in said] == ["known", "new", "doubled", "unusable"]
    assert [row for row, _, _ in said] == [2, 3, 4, 5]
    assert said[2][2] == ["The same contact as in a row above"]
    assert [one.name for one in brought("Name;Mobile\nAnna;09175550001\nBen;09175550002\nBen B;9175550002\n")] == [
        "Ben"
    ]
    db.session.refresh(known)
    assert (known.name, db.session.query(Customer).count()) == ("Ana Cruz", 2)


@pytest.mark.parametrize("theirs", ["phone", "otherwise", "email", "card"])
def test_one_who_is_here_already_is_known_by_whatever_nobody_else_has(in_shop, theirs):
    known = signed_up(phone="09175550001", email="ana@example.com").coupon.customer
    if theirs == "otherwise":  # as the first version stored it
        with writing():
            db.session.get(Customer, known.id).phone = "+63639175550001"
    row = {"phone": "09175550001;;", "otherwise": "09175550001;;", "email": "09175550002; ANA@example.com;",
           "card": f"09175550002;;{known.card_number}"}[theirs]  # fmt: skip

    assert [kind for _, kind, _ in reasons(f"Mobile;Email;Card\n{row}\n")] == ["known"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_of_a_list_with_too_many_rows_nothing_is_kept(in_shop, monkeypatch, form):
    monkeypatch.setattr(trial, "MOST_ROWS", 2 * trial.PIECE)
    monkeypatch.setattr(trial, "TOGETHER", 1)
    rows = many(60)

    with pytest.raises(Invalid) as problem:
        uploaded(rows if form == "csv" else workbook(*(line.split(";") for line in rows.splitlines())))

    assert problem.value.errors == {"file": "This list has too many rows. Divide it into several files"}
    assert [db.session.query(model).count() for model in (ImportBatch, ImportPiece)] == [0, 0]
    assert uploaded(many(50)).found["new"] == 50


def many(count: int) -> str:
    return "Name;Mobile\n" + "".join(f"P{n};0917{1000000 + n}\n" for n in range(count))


class Killed(BaseException):
    pass


def test_whatever_stops_it_the_next_start_goes_on(in_shop, monkeypatch):
    batch = uploaded(many(450), by=None)
    add, calls = bringing._add, []

    def killed(*args):
        add(*args)
        calls.append(1)
        if len(calls) == 3:
            raise Killed

    monkeypatch.setattr(bringing, "_add", killed)
    with pytest.raises(Killed):
        bringing.bring(batch.id, NOON, by=None)
    assert db.session.query(Customer).count() == 2 * trial.PIECE
    monkeypatch.setattr(bringing, "_add", add)

    said = bringing.unfinished()
    bringing.go_on(LATER)

    assert said == ["A list is being brought in to its end."]
    assert (db.session.query(Customer).count(), db.session.query(ImportPiece).count()) == (450, 0)
    assert bringing.unfinished() == []


def test_the_next_start_says_that_nobody_of_a_list_is_a_customer_yet(in_shop):
    uploaded(PLAIN)

    assert bringing.unfinished() == ["A list waits to be brought in. Nobody of it is a customer yet."]


def test_a_list_goes_back_whole_for_seven_days(in_shop):
    till = at_till()
    batch = uploaded(many(250), by=till)
    bringing.bring(batch.id, NOON, by=till)

    assert bringing.undo(batch.id, NOON + timedelta(days=7), by=till) == []

    for model in (Customer, NameWord, Opening, Answer, Note):
        assert db.session.query(model).count() == 0


def test_after_seven_days_it_stays(in_shop):
    till = at_till()
    batch = uploaded(PLAIN, by=till)
    bringing.bring(batch.id, NOON, by=till)

    with pytest.raises(Refusal, match="too_late"):
        bringing.undo(batch.id, NOON + timedelta(days=7, seconds=1), by=till)
    assert db.session.query(Customer).count() == 2


def test_who_was_here_since_stays_and_is_named(in_shop):
    till = at_till()
    batch = uploaded(PLAIN, by=till)
    bringing.bring(batch.id, NOON, by=till)
    used = signed_up(LATER, phone="09175550002").coupon.customer_id

    with pytest.raises(Refusal, match="used_meanwhile") as refusal:
        bringing.undo(batch.id, LATER, by=till)
    assert (refusal.value.facts, db.session.query(Customer).count()) == ({"customers": [used]}, 2)

    assert bringing.undo(batch.id, LATER, by=till, rest=True) == [used]
    assert [one.id for one in db.session.query(Customer)] == [used]


def test_whatever_was_done_to_a_customer_since_keeps_her(in_shop):
    till = at_till()
    batch = uploaded(many(6), by=till)
    bringing.bring(batch.id, NOON, by=till)
    noted, checked, corrected, asked, answered, unchanged = db.session.scalars(db.select(Customer.id)).all()

    notes.add(noted, "Likes tea", LATER, by=till)
    profile.check_contact(checked, {}, LATER, by=till)
    profile.correct(corrected, {"city": "Cebu"}, LATER, by=till)
    decisions.decide(asked, "sms", "withdrawn", LATER, by=till)
    with writing():
        said = {"question": "birthday", "value": "05-17", "answered_at": LATER}
        db.session.add(Answer(customer_id=answered, **said))

    assert bringing.undo(batch.id, LATER, by=till, rest=True) == [noted, checked, corrected, asked, answered]
    assert db.session.get(Customer, unchanged) is None


def test_a_list_that_was_taken_back_or_is_being_read_brings_nobody(in_shop):
    till = at_till()
    batch = uploaded(PLAIN, by=till)
    bringing.bring(batch.id, NOON, by=till)
    bringing.undo(batch.id, NOON, by=till)
    with writing():
        half_read = ImportBatch(columns=[["Name", "name"]], found={}, made_at=NOON)
        db.session.add(half_read)

    for number in (batch.id, half_read.id, 99):
        with pytest.raises(Refusal, match="unknown"):
            bringing.bring(number, LATER, by=till)
    assert db.session.query(Customer).count() == 0
    logged = db.session.query(models.Audit).filter(models.Audit.action.startswith("import")).order_by(models.Audit.id)
    assert [(one.action, one.staff_id, one.details) for one in logged] == [
        ("import", till.staff_id, {"rows": 2}), ("import_undo", till.staff_id, {"rows": 2}),
    ]  # fmt: skip


def test_what_was_taken_back_is_in_no_copy_of_before_a_restore(in_shop):
    till = at_till()
    batch = uploaded(PLAIN, by=till)
    bringing.bring(batch.id, NOON, by=till)
    copy = outside.file_of(forgetting.COPIES.replace("*", "2026"))
    copy.mkdir()

    bringing.undo(batch.id, NOON, by=till)

    assert not copy.exists()


def test_whatever_can_name_a_customer_is_looked_at_before_a_list_goes_back(in_shop):
    columns = [column for table in db.metadata.sorted_tables for column in table.columns]
    names_her = {str(one) for one in columns if any(key.column.table.name == "customer" for key in one.foreign_keys)}

    gone, looked_at = [one.__table__.c.customer_id for one in bringing.OF_ONE], bringing.NAMED_IN
    known = {str(column) for column in gone} | {f"{one.class_.__tablename__}.{one.key}" for one in looked_at}

    assert names_her - known == {"customer.merged_into_id"}  # of whom a Merge tells as well


def test_what_nobody_brought_in_is_gone_after_a_day(in_shop):
    uploaded(PLAIN, by=None)

    bringing.go_on(NOON + timedelta(hours=23))
    assert db.session.query(ImportPiece).count() == 1
    bringing.go_on(NOON + timedelta(hours=25))

    assert db.session.query(ImportPiece).count() == 0


def test_a_manager_imports_a_list(app, manager):
    sent = {"file": (io.BytesIO(PLAIN.encode()), "list.csv")}

    tried = manager.post("/office/imports", **sent)

    assert (tried.status_code, tried.json["new"], tried.json["unusable"]) == (201, 2, [])
    number = tried.json["import_id"]
    page = manager.visit(f"/office/imports/{number}")
    assert "2 new customers" in page.text
    with app.app_context():
        assert db.session.query(Customer).count() == 0
    again = manager.submit(f"/office/imports/{number}", 303, field=["name", "", "email"])
    assert again.response.location == f"/office/imports/{number}"
    assert "1 new customer" in manager.visit(f"/office/imports/{number}").text
    why = openpyxl.load_workbook(io.BytesIO(manager.browser.get(f"/office/imports/{number}/why.xlsx").data))
    assert [cell.value for cell in why.worksheets[0][3]][-2:] == ["left out", "No mobile number and no email address"]
    assert manager.post(f"/office/imports/{number}/bring").status_code == 200
    assert "1 customer was brought in." in manager.visit("/office/imports").text
    assert manager.post(f"/office/imports/{number}/undo").status_code == 200


def test_columns_can_be_said(app, manager):
    said = {"columns": '{"Mobile": "notes"}', "file": (io.BytesIO(PLAIN.encode()), "list.csv")}

    assert manager.post("/office/imports", **said).json["new"] == 1
    for columns in ('{"Mobile": "nonsense"}', '{"Mobile": []}', '["Mobile"]', "7", "x"):
        sent = {"columns": columns, "file": (io.BytesIO(PLAIN.encode()), "list.csv")}
        answer = manager.post("/office/imports", **sent)
        assert (columns, answer.status_code, list(answer.json["errors"])) == (columns, 422, ["columns"])


def test_who_gave_her_passphrase_long_ago_is_asked_again_before_a_list(app, manager):
    with app.app_context(), writing():
        db.session.query(models.StaffSession).update({"proved_at": NOON - timedelta(days=1)})

    for path in ("/office/imports", "/office/imports/1", "/office/imports/1/bring", "/office/imports/1/undo"):
        answer = manager.post(path)
        assert (path, answer.status_code, answer.json) == (path, 403, {"refusal": "prove"})


def test_a_cashier_imports_nothing(cashier):
    assert cashier.post("/office/imports", file=(io.BytesIO(PLAIN.encode()), "list.csv")).status_code == 403


def test_the_command(run, tmp_path, app):
    file = tmp_path / "list.csv"
    file.write_text(PLAIN + "Nobody;;\nCarla;12;carla@example.com\n")
    with app.app_context(), writing():
        shop.describe(language="nb")  # the terminal speaks English in any shop

    tried = run("import", file, "--dry-run", "--format", "json")

    assert json.loads(tried.output) | {"import_id": 0} == {
        "import_id": 0, "new": 3, "known": 0, "doubled": 0, "partly": 1,
        "unusable": [{"row": 4, "why": "No mobile number and no email address"}],
        "left_out": [{"row": 5, "why": "“12”: some digits are missing"}],
    }  # fmt: skip
    with app.app_context():
        assert db.session.query(Customer).count() == 0
        assert db.session.query(ImportPiece).count() == 0
    brought = run("import", file).output
    assert "Row 5: “12”: some digits are missing" in brought
    assert brought.endswith("3 new, 0 known, 0 doubled, 1 unusable\n")
    with app.app_context():
        assert db.session.query(Customer).count() == 3
    file.write_bytes(b"")
    assert run("import", file).exit_code == 1


def told() -> list:
    """Everybody, with what is known of their visits and consents, to the second."""

    def facts(thing, *names):
        values = [getattr(thing, name) for name in names]
        return [one.replace(microsecond=0) if isinstance(one, datetime) else one for one in values]

    db.session.expire_all()
    said = []
    for one in db.session.query(Customer).order_by(Customer.phone):
        person = facts(one, "phone", "email", "city", "language", "card_number", "visits", "spent", "created_at")
        person += facts(one, "last_visit_at", "may_sms", "may_email", "may_call")
        hers = db.session.query(Consent).filter_by(customer_id=one.id).order_by(Consent.purpose, Consent.id)
        newest = {row.purpose: (row, is_sure) for row, is_sure in hers.add_columns(consents.is_confirmed())}
        columns = ("purpose", "decision", "decided_at", "wording_hash", "language")
        about = [(facts(row, *columns), is_sure or row.decision != "yes") for row, is_sure in newest.values()]
        said.append((one.name, person, about))
    return said


@pytest.mark.parametrize(
    ("form", "language"), [("csv", "en"), ("xlsx", "en"), ("csv", "ru"), ("csv", "nb"), ("xlsx", "fil")]
)
def test_what_suki_exports_comes_into_an_empty_suki_as_the_same_people(shop_with, form, language):
    with shop_with().app_context():
        till, first, again = at_till(), NOON - timedelta(days=9), NOON - timedelta(days=2)
        for n, text in enumerate(("Ana Cruz", "=Bjørn", "Щукин, Пётр", "Dee")):
            who = {"name": text, "city": "Cebu", "email": f"p{n}@example.com", "phone": f"0917555000{n}"}
            agreed = {f"consent_{one}": "yes" for one in ("sms", "email")[:n]}
            customer = signed_up(first, language=language, **agreed, **who).coupon.customer
            visits.record(customer, new_id(), first, by=till, purchase=Purchase(123_45 + n))
            visits.record(customer, new_id(), again, by=till, purchase=Purchase(n))
        decisions.decide(customer.id, "sms", "withdrawn", again, by=till)
        decisions.decide(customer.id, "call", "yes", again, by=till)
        before, day = told(), shop.current().day_of(first)
        with force_locale(language):
            pieces, _ = downloads.start(exports.customers(day, day), form, "", by=None)
            data = b"".join(pieces)

    with shop_with().app_context():
        brought(data)
        assert told() == before
        with writing():
            visits.add_sums()
        assert told() == before


def test_the_page_names_who_was_here_since_and_takes_back_the_others(app, manager, customer_at_tablet):
    for data in ("Mobile\n09175550003\n", PLAIN):
        sent = {"file": (io.BytesIO(data.encode()), "list.csv")}
        number = manager.post("/office/imports", **sent).json["import_id"]
        manager.submit(f"/office/imports/{number}/bring", 303)
    customer_at_tablet.sign_up(phone="09175550002")

    page = manager.submit(f"/office/imports/{number}/undo", 409)

    assert "1 customer of this list has been here since" in page.text
    assert '/office/customers/3">Bjørn Åse</a>' in page.html
    assert page.text.count("Take back all others") == page.html.count('name="rest"') == 1  # of this list alone
    assert manager.post(f"/office/imports/{number}/undo").json == {"refusal": "used_meanwhile", "customers": [3]}
    manager.submit(f"/office/imports/{number}/undo", 303, rest="yes")
    with app.app_context():
        assert [one.id for one in db.session.query(Customer).order_by(Customer.id)] == [1, 3]


def test_the_page_says_what_is_wrong_with_a_file(manager):
    page = manager.submit("/office/imports", file=(io.BytesIO(b"PK\x03\x04"), "list.xlsx"))

    assert "This file can’t be read." in page.text
    assert "Choose a file" in manager.submit("/office/imports").text


def test_what_a_list_says_of_before_goes_with_a_merge_and_back(in_shop):
    till = at_till()
    one, other = brought("Name;Mobile;Visits;Spent\nAna;09175550001;7;100\nAna;09175550002;2;50\n")
    visits.record(one, new_id(), NOON, by=till, purchase=Purchase(10_00))

    merging.merge(one.id, other.id, LATER, by=till)
    assert (one.visits, one.spent) == (10, 160_00)
    merging.undo(one.id, LATER, by=till)

    assert [(who.visits, who.spent) for who in (one, other)] == [(8, 110_00), (2, 50_00)]


def test_who_is_forgotten_leaves_nothing_of_the_list(in_shop):
    at_till()
    (one,) = brought("Name;Mobile;Visits;Notes\nAna;09175550001;7;Likes tea\n")

    forgetting.forget(one.id, LATER, by=None)

    assert [db.session.query(model).count() for model in (Customer, Opening, Note)] == [0, 0, 0]


def test_no_coupon_comes_with_a_list_unless_it_is_asked_for_and_then_when_she_comes(manager):
    with manager.app.app_context():
        offer_id = an_offer(value=20, purpose="by_hand").id
    for phone, asked in (("09175550001", {}), ("09175550002", {"offer_id": offer_id})):
        sent = {"file": (io.BytesIO(f"Name;Mobile\nAna;{phone}\n".encode()), "list.csv")}
        number = manager.post("/office/imports", **sent).json["import_id"]
        assert manager.post(f"/office/imports/{number}/bring", **asked).status_code == 200
    with manager.app.app_context():
        assert db.session.query(Coupon).count() == 0

    manager.submit("/till/lookups", 303, q="09175550001")
    assert "No valid coupon" in manager.visit("/till").text
    manager.submit("/till/lookups", 303, customer_id=1, give="yes")
    manager.submit("/till/lookups", 303, q="09175550002")
    assert "Give the coupon: 20% off" in manager.visit("/till").text
    for _ in range(2):
        manager.submit("/till/lookups", 303, customer_id=2, give="yes")

    with manager.app.app_context():
        assert [(one.customer_id, one.offer_id) for one in db.session.query(Coupon)] == [(2, offer_id)]
    assert "20% off" in manager.visit("/till").text
