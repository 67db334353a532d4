"""The papers say what is kept, from the tables themselves, by three laws."""

from datetime import timedelta

import pytest
from people import Customer, Staffer

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.personal import about
from kiosk.oversight import papers
from kiosk.shop import shop


def test_every_personal_column_is_on_the_record_in_words(in_shop):
    personal = {column.name for table in db.metadata.sorted_tables for column in table.columns
                if (about(column) or (False,))[0]}  # fmt: skip
    shown = {name for name in personal if not name.endswith("_id") and name not in papers.FOR_THE_MACHINE}

    record = papers.personal_data()

    assert shown - papers.COLUMNS.keys() == set()
    assert {word for _, columns, _ in record for word in columns.split(", ")} == {
        *(word for name in shown for word in str(papers.COLUMNS[name]).split(", ")), "whose it is",
    }  # fmt: skip
    assert {kept for *_, kept in record} == {str(kept) for kept in papers.KEPT.values()}


def test_the_breach_paper_counts_whom_and_what(app):
    for phone in ("0917 555 0101", "0917 555 0102"):
        Customer(app).sign_up(phone=phone, source="friend")
    Customer(app).sign_up(email="ana@example.com", phone="")

    with app.app_context():
        today = shop.current().today()
        count = papers.concerned(today, today)
        before = papers.concerned(today - timedelta(days=9), today - timedelta(days=1))

    assert {name: count[name] for name in ("customers", "new", "phone", "email", "visits")} == {
        "customers": 3, "new": 3, "phone": 2, "email": 1, "visits": 0,
    }  # fmt: skip
    assert set(before.values()) == {0}
    assert now()


@pytest.mark.parametrize("name", papers.PAPERS)
def test_each_paper_names_the_law_and_says_that_it_is_no_legal_advice(app, name):
    ana = Staffer(app)
    ana.sign_in()
    usual = ana.visit(f"/office/health/papers/{name}").text

    assert "Data Privacy Act of 2012" in usual and "no legal advice" in usual
    assert "152-ФЗ" in ana.visit(f"/office/health/papers/{name}?law=ru").text
