"""The closing report against plain Python over all rows of a generated shop."""

import io
from collections import defaultdict
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from shop import NOON, a_coupon, an_offer, at_till, new_id, signed_up
from test_exports import DAY, NASTY
from test_insights import LAST, lived_in, that_stand  # noqa: F401 (a fixture)

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, coupons, offers, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import feedback
from kiosk.models import Coupon, Redemption, Staff
from kiosk.oversight import log
from kiosk.reports import closing, exports, figures, spreadsheets, sums
from kiosk.shop import shop


def grouped(rows, name_of):
    groups = defaultdict(list)
    for row in rows:
        groups[name_of(row)].append(row)
    return {
        name: (len(found), sum(v.amount or 0 for v in found), sum(v.discount or 0 for v in found))
        for name, found in groups.items() if name
    }  # fmt: skip


def as_dict(lines):
    return {line.key: (line.count, line.amount, line.discount) for line in lines}


def test_the_report_is_that_of_the_rows(lived_in):  # noqa: F811 (the fixture)
    for back in (0, 3, 40):
        compare(lived_in, LAST - timedelta(days=back))


def compare(lived_in, day):  # noqa: F811
    rows = [v for v in that_stand() if v.happened_at.astimezone(lived_in).date() == day]
    hour = lambda v: v.happened_at.astimezone(lived_in).hour  # noqa: E731 (read once)
    staff = {one.id: one.name for one in db.session.query(Staff)}

    def reduced_by(visit):
        coupon = visit.coupon_id and db.session.get(Coupon, visit.coupon_id)
        return offers.worth(coupon.offer) if coupon else visit.reason or "–"

    found = closing.of(day)

    assert as_dict(found["hour"]) == grouped(rows, lambda v: f"{hour(v)}–{hour(v) + 1}")
    assert as_dict(found["cashier"]) == grouped(rows, lambda v: staff[v.staff_id])
    assert as_dict(found["server"]) == grouped(rows, lambda v: v.served_by)
    assert as_dict(found["discount"]) == grouped([v for v in rows if v.discount], reduced_by)
    whole = figures.of(day, day)
    assert sum(line.count for line in found["hour"]) == whole.visits == sum(line.count for line in found["cashier"])
    assert sum(line.amount for line in found["cashier"]) == whole.spent
    assert sum(line.discount for line in found["discount"]) == whole.discounts


def test_what_was_refused_or_undone_is_worth_a_look_and_no_figure(in_shop):
    manager, coupon = at_till(), a_coupon()
    coupons.redeem(coupon.code, new_id(), NOON, by=manager, amount=100_00)
    redemption = db.session.query(Redemption.id).scalar()
    with pytest.raises(Exception, match="used"):
        coupons.redeem(coupon.code, new_id(), NOON + timedelta(minutes=1), by=manager)
    corrections.undo(redemption, new_id(), NOON + timedelta(minutes=2), by=manager, reason="Mistake")
    visits.record(a_coupon().customer, new_id(), NOON + timedelta(minutes=3), by=manager, purchase=Purchase(50_00))

    found = closing.of(DAY)

    assert [(e.row.action, e.row.outcome) for e in log.worth_a_look(DAY)] == [("redeem", "used"), ("undo", "done")]
    assert as_dict(found["hour"]) == {"12–13": (1, 50_00, 0)}
    assert as_dict(found["cashier"]) == {"Ana": (1, 50_00, 0)}
    assert log.worth_a_look(DAY + timedelta(days=1)) == []


def test_the_page_sets_the_cash_register_beside_it(manager, cashier, app):
    assert manager.post("/office/closing", json=False, register="1000").location.startswith("/office/closing?day=")
    page = manager.visit("/office/closing")
    assert "difference: ₱1,000" in page.text and page.field("register") == "1000"
    assert "Nothing was refused, undone or corrected." in page.text
    assert manager.submit("/office/closing", register="x").field("register") == "x"
    manager.submit("/office/closing", register="5", day="x")
    manager.visit("/office/closing?day=x", 422)
    manager.post("/office/closing", json=False, register="")
    assert "difference:" not in manager.visit("/office/closing").text
    assert cashier.browser.get("/office/closing").status_code == 403
    assert "/office/closing?day=" in manager.visit("/office").html


def test_the_cash_register_has_what_was_paid_and_not_what_was_taken_off(manager):
    with manager.app.app_context():
        coupons.redeem(a_coupon(now()).code, new_id(), now(), by=at_till(), amount=1000_00)
    manager.post("/office/closing", json=False, register="900")

    page = manager.visit("/office/closing")

    assert "difference: ₱0" in page.text and "less the discounts: ₱900" in page.text
    assert "has less than was recorded" not in page.text


def test_the_share_of_known_customers_is_of_the_days_with_a_total(manager):
    with manager.app.app_context():
        by, day = at_till(), shop.current().today()
        for days, amount in ((0, 1000_00), (1, 300_00), (2, 5000_00)):
            at = now() - timedelta(days)
            coupons.redeem(a_coupon(at).code, new_id(), at, by=by, amount=amount)
        sums.keep(now())
        for days, total in ((0, 1200_00), (1, 1140_00)):
            sums.keep_register(day - timedelta(days), total)
        sums.keep(now() + timedelta(3), anew=True)

    page = manager.visit("/office/insights")

    assert "50%" in page.text and "on the 2 days of which the cash register" in page.text
    with manager.app.app_context():
        assert figures.share_of({}, sums.of(day, day)) is None


def test_the_file_has_the_lines_as_numbers(manager):
    with manager.browser.get("/office/closing.xlsx?day=2026-11-21") as answer:
        book = load_workbook(io.BytesIO(answer.data))

    assert [cell.value for cell in book.active[1]] == ["Part", "What", "Purchases", "Amount", "Discounts"]
    assert [cell.value for cell in book.active[2]] == ["Whole day", "2026-11-21", 0, 0, 0]
    assert answer.headers["X-Audit-Head"] == book["audit"]["A1"].value
    assert "closing 2026-11-21.xlsx" in answer.headers["Content-Disposition"]


def test_no_text_is_a_formula_or_a_link_in_any_list(in_shop):
    """Names, towns, staff, tills, who served, offers, items, reasons and comments, of each list and the report."""
    for n, text in enumerate(NASTY):
        at, name = NOON + timedelta(seconds=n), f"{text[:40]} {n}"
        an_offer("gift", 0, gift={"en": text}, new_series=True)
        customer = signed_up(at, name=text, city=text).coupon.customer
        by = at_till(name, label=name)
        visit, _ = visits.record(customer, new_id(), at, by=by, purchase=Purchase(100_00, text, name))
        with writing():
            visit.reason, visit.discount = text, 1_00
        feedback.rate(customer, {"stars": "1", "comment": text}, at)

    sheets = [*(make(DAY, DAY) for make in exports.SHEETS.values()), closing.sheet(DAY)]

    for sheet in sheets:
        with spreadsheets.to_xlsx(sheet, "1 seal") as file:
            book = load_workbook(file)
        cells = [cell for page in book for row in page.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
