"""What released versions of Suki have stored, upgraded to what this version expects, and compared row by row.

To add a released state, see tests/released/make.py; then say in `NEW` what its later migrations write into columns
that they add or change, and in `GONE` which columns they remove. A new column that is not named stays empty.
"""

import gzip
import sqlite3
from datetime import datetime
from pathlib import Path

import pytest
from shop import IS_SQLCIPHER, KEY, answers, close_shop, keep_as_all, new_id, open_shop
from sqlalchemy import create_engine, inspect, text

from kiosk.base import migrate
from kiosk.base.clock import now
from kiosk.base.database import db, engine_options
from kiosk.models import Coupon, Customer
from kiosk.signups import signup

KEPT = sorted((Path(__file__).parent / "released").glob("*.sql.gz"))
KEY_OF_ALL = KEY if IS_SQLCIPHER else ""
SERIES = {"id": 1, "purpose": "welcome"}


def is_newest(coupon, rows) -> bool:
    hers = [other for other in rows["coupon"].values() if other["customer_id"] == coupon["customer_id"]]
    return coupon["id"] == max(other["id"] for other in hers)


def newest(customer, rows, purpose):
    said = [
        row for row in rows["consent"].values() if (row["customer_id"], row["purpose"]) == (customer["id"], purpose)
    ]
    is_yes = bool(said) and max(said, key=lambda row: row["id"])["decision"] == "yes"
    return is_yes if isinstance(customer["created_at"], datetime) else int(is_yes)


def visits_of(customer, rows) -> tuple[int, int, object]:
    """How many there were, what was spent (what was taken back is below zero), and when the last one was."""
    hers = [row for row in rows["visit"].values() if row["customer_id"] == customer["id"]]
    undone = {row["corrects_id"] for row in hers}
    stands = [row["happened_at"] for row in hers if row["corrects_id"] is None and row["id"] not in undone]
    return len(stands), sum(row["amount"] or 0 for row in hers), max(stands, default=None)


def signup_of(answer, rows):
    return next(row for row in rows["signup"].values() if row["id"] == answer["signup_id"])


# released version: table: column: what is stored there now, from the row and all rows as they were
NEW = {
    "0001": {
        "customer": {
            "email_domain": lambda row, rows: row["email"] and row["email"].split("@")[1],
            "may_sms": lambda row, rows: newest(row, rows, "sms"),
            "may_email": lambda row, rows: newest(row, rows, "email"),
            "may_call": lambda row, rows: newest(row, rows, "call"),
            "visits": lambda row, rows: visits_of(row, rows)[0],
            "spent": lambda row, rows: visits_of(row, rows)[1],
            "last_visit_at": lambda row, rows: visits_of(row, rows)[2],
        },
        "answer": {
            "customer_id": lambda row, rows: signup_of(row, rows)["customer_id"],
            "answered_at": lambda row, rows: signup_of(row, rows)["finished_at"],
        },
        "offer": {"series_id": lambda row, rows: 1},
        "coupon": {
            "series_id": lambda row, rows: 1,
            "occasion": lambda row, rows: "" if is_newest(row, rows) else f"offer {row['offer_id']}",
        },
    }
}
GONE = {("0001", "offer"): {"purpose"}}  # columns, of a released version and a table, that are not there any more
# rows, by their keys, that later migrations add to a table of a released version
ADDED = {
    ("0001", "name_word"): {f"[{customer}, 'oneil']" for customer in (5, 12, 19, 26, 33)},
    ("0001", "setting"): {"['audit_head']", "['forget_from']"},
}


def as_parameter(path: Path):
    kind = path.name.split(".")[1]
    return pytest.param(
        path, marks=[pytest.mark.postgresql] if kind == "postgresql" else [], id=f"{path.stem[:4]}-{kind}"
    )


@pytest.fixture(params=[as_parameter(path) for path in KEPT])
def released(request, folder):
    """The address of a database in a released state, and the number of its migration."""
    version, kind, *_ = request.param.name.split(".")
    statements = gzip.decompress(request.param.read_bytes()).decode()
    if kind == "sqlite":
        file = folder / "instance" / "kiosk.sqlite"
        file.parent.mkdir()
        with sqlite3.connect(file) as connection:
            connection.executescript(statements)
        connection.close()
        keep_as_all(file)
        yield f"sqlite:///{file}", version
        return
    databases = request.getfixturevalue("postgresql")
    url = databases.new()
    with databases._connected(url) as connection:
        connection.execute(statements)
    yield url.replace("postgresql://", "postgresql+psycopg://"), version
    databases.drop(url)


@pytest.fixture
def engine(released):
    engine = create_engine(released[0], **engine_options(released[0], KEY_OF_ALL))
    yield engine
    engine.dispose()


def stored(engine) -> dict:
    """Every row of every table, as a dictionary by the text of its primary key."""
    with engine.connect() as connection:
        found = inspect(connection)
        keys = {table: found.get_pk_constraint(table)["constrained_columns"] for table in found.get_table_names()}
        return {
            table: {
                str([row[column] for column in key]): dict(row)
                for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()
            }
            for table, key in keys.items()
        }


def shape(engine) -> dict:
    """What the tables are, by name and not by order."""
    found = inspect(engine)
    return {
        table: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in found.get_columns(table)},
            {(index["name"], *index["column_names"], index["unique"]) for index in found.get_indexes(table)},
            {(unique["name"], *unique["column_names"]) for unique in found.get_unique_constraints(table)},
            {(key["name"], *key["constrained_columns"], key["referred_table"], *key["referred_columns"])
             for key in found.get_foreign_keys(table)},
            {check["name"] for check in found.get_check_constraints(table)},
            found.get_pk_constraint(table)["constrained_columns"],
        )
        for table in found.get_table_names()
    }  # fmt: skip


def test_every_row_of_a_released_version_is_kept_and_what_is_new_is_right(engine, released):
    before, new = stored(engine), NEW[released[1]]
    before.pop("alembic_version")

    migrate.to_newest(engine)

    after = stored(engine)
    for table, rows in before.items():
        added, columns = new.get(table, {}), {*next(iter(after[table].values()), {})}
        gone = {*next(iter(rows.values()), {})} - columns
        assert gone == GONE.get((released[1], table), set())
        expected = {
            key: dict.fromkeys(columns) | row | {column: value(row, before) for column, value in added.items()}
            for key, row in rows.items()
        }
        assert after[table].keys() - expected.keys() == ADDED.get((released[1], table), set())
        assert {key: without(gone, row) for key, row in expected.items()} == {
            key: after[table].get(key) for key in expected
        }, table


def without(columns: set, row: dict) -> dict:
    return {column: value for column, value in row.items() if column not in columns}


def test_the_offers_of_one_purpose_become_the_versions_of_one_series(engine, released):
    if released[1] != "0001":
        pytest.skip("a later version has series already")
    began = min(row["created_at"] for row in stored(engine)["offer"].values())

    migrate.to_newest(engine)

    assert [*stored(engine)["series"].values()] == [SERIES | {"created_at": began}]


def test_an_upgraded_database_is_like_a_new_one(engine, request):
    migrate.to_newest(engine)

    if engine.dialect.name == "sqlite":
        fresh = create_engine(
            url := f"sqlite:///{request.getfixturevalue('new_file')}", **engine_options(url, KEY_OF_ALL)
        )
    else:
        fresh = create_engine(request.getfixturevalue("new_database"))
    assert shape(engine) == shape(fresh)
    fresh.dispose()


def test_upgrading_again_changes_nothing(engine):
    migrate.to_newest(engine)
    once, tables = stored(engine), shape(engine)

    migrate.to_newest(engine)

    assert (stored(engine), shape(engine)) == (once, tables)


def test_who_has_a_coupon_of_a_released_version_gets_no_second_one(engine, released, folder):
    app = open_shop(folder / "instance", KIOSK_DATABASE_URL=released[0])
    with app.app_context():
        customer, coupon = (
            db.session.query(Customer, Coupon).join(Coupon.customer)
            .filter(Coupon.spent_at.is_(None), Coupon.occasion == "", Customer.phone.is_not(None)).first()
        )  # fmt: skip
        count = db.session.query(Coupon).count()

        again = signup.sign_up(
            answers(phone=customer.phone), new_id(), now(), method="tablet", sender=("browser", "address")
        )

        assert (again.coupon.id, again.existing) == (coupon.id, True)
        assert db.session.query(Coupon).count() == count
    close_shop(app)
