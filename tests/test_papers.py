"""The papers say what is kept, from the tables themselves, by three laws."""

from datetime import timedelta

import pytest
from people import Customer, Staffer

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.personal import about
from kiosk.oversight import papers
from kiosk.shop import shop


def test_every_personal_column_is_on_the_record_and_no_other(in_shop):
    personal = {table.name: [column.name for column in table.columns if (about(column) or (False,))[0]]
                for table in db.metadata.sorted_tables}  # fmt: skip

    said = [columns for _, columns, kept in papers.personal_data() if kept]

    personal = [columns for columns in personal.values() if columns]
    assert len(said) == len(personal)
    for labels, columns in zip(said, personal, strict=True):
        shown = {name for name in columns if not name.endswith("_id") and name not in papers.FOR_THE_MACHINE}
        assert {str(papers.COLUMNS[name]) for name in shown} <= {str(label) for label in labels}


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
