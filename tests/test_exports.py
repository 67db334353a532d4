import csv
import io
import unicodedata
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from shop import NOON, a_coupon, at_till, new_id, on_sqlite_only, rows_of, signed_up
from statements import listening

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.customers import decisions, feedback
from kiosk.models import Coupon
from kiosk.reports import cells, downloads, exports, spreadsheets
from kiosk.shop import shop
from kiosk.signups import submissions
from kiosk.signups.answers import Answers

DAY = date(2026, 11, 21)
NASTY = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)", "+1-1", "-2+3", "=HYPERLINK(\"http://evil.example\")", "+639171234567",
    "007", "0123456789", "1e5", "1/2", "12:30", "2026-01-02", "TRUE", "#REF!", "'quoted", '"double"', "a,b;c", "=",
    "+", "-", "@", "==", "＝1+1", "＋1", "－1", "＠a", "http://evil.example", "mailto:a@b.example",
    "internal:Sheet1!A1",
    "👩‍👩‍👧‍👦", "🇵🇭", "😀 Ana", "محمد", "שלום", "‮abc", "Zoe\u0308", "Ñandú", "Мария", "李小龍", "สมชาย", "ᏣᎳᎩ", "𝔘𝔫𝔦",
    "Åse Øvrebø", "O'Brien", "<b>bold</b>", "<script>alert(1)</script>", "{{7*7}}", "${7*7}", "%00", "\\n", "a\u00a0b",
    "a\u200bb", "\u2066iso\u2069", "x" * 60, "&amp;", "]]>", "NULL", "-", "'", "'=1+1", "1,5", "1.5",
]  # fmt: skip


@pytest.fixture
def nasty_shop(in_shop):
    for name in NASTY:
        signed_up(name=name, city=name)
    return in_shop


def xlsx_rows(**kwargs):
    with spreadsheets.to_xlsx(exports.SHEETS["signups"](DAY, DAY), "1 seal") as file:
        return list(load_workbook(file).active.iter_rows(min_row=2, **kwargs))


def as_kept(name):
    return unicodedata.normalize("NFC", name)


def test_nasty_values_come_back_identical_from_excel(nasty_shop):
    rows = xlsx_rows()

    assert [row[1].value for row in rows] == [as_kept(name) for name in NASTY]
    assert {cell.data_type for row in rows for cell in row} <= {"s", "d", "n"}
    assert [cell.coordinate for row in rows for cell in row if cell.data_type == "n" and cell.value is not None] == []
    assert [cell.coordinate for row in rows for cell in row if cell.hyperlink] == []


def test_nasty_values_come_back_from_csv_but_for_the_guard(nasty_shop):
    data = b"".join(spreadsheets.to_csv(exports.SHEETS["signups"](DAY, DAY)))

    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))[1:]
    assert data.startswith("\ufeff".encode())
    for name, row in zip(NASTY, rows, strict=True):
        assert row[1] in (as_kept(name), "'" + as_kept(name))
        assert not row[1].startswith(spreadsheets.FORMULA_STARTS)
        assert row[3].startswith("+63917")


@pytest.mark.parametrize("name", ["I;=cmd|'/C calc'!A0;J", "a; +1", "b;@x", "c\t=1"])
def test_where_a_semicolon_begins_a_cell_none_is_a_formula(name):
    cells = spreadsheets.guard([None, "Ana", name])[2].replace("\t", ";").split(";")

    assert [cell for cell in cells if cell.strip().startswith(tuple("=+-@"))] == []


def test_dates_are_dates_and_in_the_shops_time(in_shop):
    outcome = signed_up(NOON, name="Maria", phone="0917 123 4567")
    coupons.redeem(outcome.coupon.code, new_id(), NOON, by=at_till())

    cells = xlsx_rows(values_only=True)[0]

    assert cells[0] == cells[10] == datetime(2026, 11, 21, 12, 0)
    assert (cells[1], cells[3], cells[9]) == ("Maria", "+639171234567", datetime(2026, 12, 21))


def test_text_that_looks_like_the_writers_own_markup_stays_text(in_shop):
    names = ["<r>&</r>", "<r><t>=1+1</t></r>", "Maria"]
    for name in names:
        signed_up(name=name)

    assert [row[1].value.lstrip("\u200b") for row in xlsx_rows()] == names


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Asia/Manila", "America/New_York", "Australia/Lord_Howe"])
def test_every_hour_of_a_year_is_read_in_the_shops_time(in_shop, monkeypatch, zone):
    here = shop.Shop("", "NO", "NOK", zone, "nb")
    monkeypatch.setattr(shop, "current", lambda: here)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(minutes=30 * number) for number in range(2 * 24 * 365)]
    as_sqlite_has_them = [f"{at:%Y-%m-%d %H:%M:%S}.999999" for at in instants]

    read = cells.time("", "").read

    right = [here.time_of(at).replace(tzinfo=None) for at in instants]
    assert read(as_sqlite_has_them) == read(instants) == right


def test_more_rows_than_excel_opens_go_on_on_further_pages(in_shop, monkeypatch):
    monkeypatch.setattr(spreadsheets, "MOST_ROWS", 3)
    names = [f"Maria {number}" for number in range(5)]
    for name in names:
        signed_up(name=name)

    with spreadsheets.to_xlsx(exports.SHEETS["signups"](DAY, DAY), "1 seal") as file:
        *pages, about, audit = load_workbook(file).worksheets
        read = [[cell.value for cell in page["B"]] for page in pages]

    assert read == [["Name", *names[:2]], ["Name", *names[2:4]], ["Name", names[4]]]
    assert [page.tables["Table" + str(n)].ref for n, page in enumerate(pages, 1)] == ["A1:M3", "A1:M3", "A1:M2"]
    assert (about.title, audit.title, [page.title for page in pages]) == (
        "About", "audit", ["signups", "signups 2", "signups 3"]
    )  # fmt: skip


def test_an_export_says_what_was_answered_and_agreed_to(in_shop):
    signed_up(name="Maria", city="Cebu", source="friend", email="m@example.com", consent_email="yes")

    sheet = exports.SHEETS["signups"](DAY, DAY)

    row = dict(zip(sheet.headings, next(rows_of(sheet)), strict=True))
    assert (row["Town"], row["How did you hear about us?"], row["Offers by text"]) == ("Cebu", "Friend or family", "")
    assert row["Offers by email"] == "yes, not confirmed"


def test_a_consent_somebody_else_may_have_given_says_so(in_shop):
    signed_up(phone="0917 123 4567")
    signed_up(phone="0917 123 4567", consent_sms="yes")

    assert [row[7] for row in rows_of(exports.SHEETS["signups"](DAY, DAY))] == ["yes, not confirmed"] * 2


def test_a_consent_stays_confirmed_whoever_else_signs_up_again(in_shop):
    came = signed_up(phone="0917 123 4567", consent_sms="yes").coupon
    for minutes in (1, 2):
        signed_up(NOON + timedelta(minutes=minutes), phone="0918 123 4567", consent_sms="yes")
    coupons.redeem(came.code, new_id(), NOON + timedelta(minutes=5), by=at_till())

    assert [row[7] for row in rows_of(exports.SHEETS["signups"](DAY, DAY))] == ["yes", *["yes, not confirmed"] * 2]


def test_a_day_is_a_shop_day(in_shop):
    before = datetime(2026, 11, 20, 15, 59, 59, tzinfo=UTC)
    for at in (before, datetime(2026, 11, 20, 16, 0, tzinfo=UTC), datetime(2026, 11, 21, 16, 0, tzinfo=UTC)):
        signed_up(at, name=at.isoformat())

    assert [row[1] for row in rows_of(exports.SHEETS["signups"](DAY, DAY))] == ["2026-11-20T16:00:00+00:00"]
    assert len(list(rows_of(exports.SHEETS["signups"](date(2026, 11, 20), date(2026, 11, 22))))) == 3


@pytest.mark.parametrize("zone", ["Europe/Oslo", "Asia/Manila", "America/New_York", "Australia/Lord_Howe"])
def test_days_of_23_and_25_hours_leave_no_gap(zone):
    here = shop.Shop("", "NO", "NOK", zone, "nb")
    days = [date.fromordinal(date(2026, 1, 1).toordinal() + n) for n in range(366)]

    spans = [here.span(day, day) for day in days]

    assert all(spans[n][1] == spans[n + 1][0] for n in range(365))
    assert all(here.day_of(start) == day for day, (start, _) in zip(days, spans, strict=True))


@pytest.mark.parametrize("chunk", [1, 3, 5, 10, 11])
def test_many_rows_come_in_chunks_and_in_order(in_shop, monkeypatch, chunk):
    monkeypatch.setattr(exports, "CHUNK", chunk)
    for number in range(10):
        signed_up(NOON + timedelta(seconds=number // 4), name=f"Maria {number}")

    names = [row[1] for row in rows_of(exports.SHEETS["signups"](DAY, DAY))]
    assert names == [f"Maria {number}" for number in range(10)]


@on_sqlite_only
@pytest.mark.parametrize("what", sorted({*exports.SHEETS} - {"messages", "partner"}))  # of one day, of consents
def test_a_chunk_is_found_by_its_time_and_not_by_reading_or_sorting_everything(in_shop, what):
    coupon = signed_up().coupon
    coupons.redeem(coupon.code, new_id(), NOON, by=at_till(), amount=25000)
    feedback.rate(coupon.customer, {"stars": "5"}, NOON)
    given = Answers("en", phone=coupon.customer.phone, choices={"stars": ("5",)})
    for form in ("warranty", "preorder", "survey"):
        submissions.submit(form, given, new_id(), NOON, sender=("browser", "address"), method="tablet")

    with listening(db.engine) as said:
        rows = list(rows_of(exports.SHEETS[what](DAY, DAY)))

    assert (len(rows), said.scans(), said.sorts()) == (1, [], [])


def test_an_empty_day_is_a_sheet_with_headings(shop_with):
    with shop_with().app_context():
        data = b"".join(spreadsheets.to_csv(exports.SHEETS["signups"](DAY, DAY))).decode("utf-8-sig")

    assert data.splitlines() == ["Signed up,Name,Town,Mobile,Email,Language,How did you hear about us?,Offers by text,"
                                 "Offers by email,Coupon valid until,Coupon redeemed,Coupon,"
                                 "State of the coupon"]  # fmt: skip


def test_the_rows_are_a_table_with_a_heading_that_stays(in_shop):
    signed_up(name="Maria")

    with spreadsheets.to_xlsx(exports.SHEETS["signups"](DAY, DAY), "1 seal") as file:
        page = load_workbook(file).active

    table = page.tables["Table1"]
    assert (table.ref, table.autoFilter.ref, page.freeze_panes) == ("A1:M2", "A1:M2", "A2")
    assert table.tableStyleInfo.showRowStripes
    assert [column.name for column in table.tableColumns] == [cell.value for cell in page[1]]
    assert {name: int(page.column_dimensions[name].width) for name in "ABDJ"} == {"A": 17, "B": 24, "D": 19, "J": 22}


def test_a_day_without_rows_is_a_table_too(in_shop):
    with spreadsheets.to_xlsx(exports.SHEETS["visits"](DAY, DAY), "1 seal") as file:
        assert load_workbook(file).active.tables["Table1"].ref == "A1:I2"


def test_headings_that_are_alike_are_told_apart():
    assert spreadsheets._unlike(["Name", "name", "Name", "a\nb", "x" * 300, ""]) == [
        "Name", "name 2", "Name 3", "a b", "x" * 200, "–"
    ]  # fmt: skip


def test_what_a_list_is_stands_in_it(in_shop):
    coupon = signed_up(phone="0917 123 4567").coupon
    coupons.redeem(coupon.code, new_id(), NOON, by=(manager := at_till()), amount=25050)
    sheet = exports.SHEETS["visits"](DAY, DAY)
    list(rows_of(sheet))

    said = dict(downloads.about(sheet, "1 seal", manager))

    assert said.items() >= {
        "Shop": "My shop", "List": "visits", "Shop days": "2026-11-21", "Filter": "none", "Exported by": "Ana",
        "Rows": 1, "Total: Purchase amount": Decimal("250.50"), "Log before": "1 seal", "Discount": "In PHP",
    }.items()  # fmt: skip
    assert [column.heading for column in sheet.columns if not column.meaning] == []


@pytest.mark.parametrize("what", exports.SHEETS)
def test_every_column_says_what_it_means(in_shop, what):
    assert [column.heading for column in exports.SHEETS[what](DAY, DAY).columns if not column.meaning] == []


@pytest.mark.parametrize(
    ("done", "state"),
    [({}, "Not used yet"), ({"spent_at": NOON}, "Redeemed"), ({"valid_until": date(2020, 1, 1)}, "Expired"),
     ({"voided_at": NOON, "spent_at": NOON}, "Cancelled"), ({"valid_from": date(2099, 1, 1)}, "Good later")],
)  # fmt: skip
def test_signups_say_what_the_coupon_is_worth_and_what_became_of_it(in_shop, monkeypatch, done, state):
    monkeypatch.setattr(shop.Shop, "today", lambda _: DAY)
    number = a_coupon().id
    with writing():
        coupon = db.session.get(Coupon, number)
        for name, value in ({"valid_until": date(2099, 1, 2)} | done).items():
            setattr(coupon, name, value)

    assert next(rows_of(exports.SHEETS["signups"](DAY, DAY)))[-2:] == ("10% off", state)


def test_customers_have_their_consents_with_the_date(in_shop):
    customer = signed_up(phone="0917 123 4567", consent_sms="yes").coupon.customer
    decisions.decide(customer.id, "sms", "withdrawn", NOON + timedelta(hours=1), by=at_till())

    sheet = exports.SHEETS["customers"](DAY, DAY)

    row = dict(zip(sheet.headings, next(rows_of(sheet)), strict=True))
    assert (row["Offers by text"], row["Offers by text: decided"]) == ("withdrawn", datetime(2026, 11, 21, 13, 0))
    assert (row["Offers by call"], row["Offers by call: decided"]) == ("", None)


def test_every_word_of_a_list_is_in_the_language_of_who_takes_it(manager, customer_at_tablet):
    customer_at_tablet.sign_up(consent_sms="yes")
    manager.post("/me", json=False, speaks="nb")

    with manager.browser.get("/office/exports/signups.csv") as answer:
        heading, row = answer.get_data(as_text=True).splitlines()

    assert heading.endswith(
        "Tilbud på sms,Tilbud på e-post,Kupong gyldig til og med,Kupong innløst,Kupong,Kupongens status"
    )
    assert '"ja, ikke bekreftet",,' in row and row.endswith(",10\u00a0% rabatt,Ikke brukt ennå")
