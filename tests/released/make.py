"""Keep the data of a shop as this version of Suki stores it, for the tests of later migrations.

    python tests/released/make.py

Run it whenever a migration has been released, in a checkout of that version. It makes NNNN.sqlite.sql.gz and
NNNN.postgresql.sql.gz (NNNN is the newest migration), which tests/test_migrations.py upgrades.
"""

import gzip
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from people import Customer, Staffer  # noqa: E402
from postgres import FOLDERS, Cluster, Databases  # noqa: E402
from shop import PASSPHRASE, close_shop, new_id, open_shop  # noqa: E402
from sqlalchemy import inspect, text  # noqa: E402
from sqlalchemy.schema import CreateIndex, CreateTable  # noqa: E402

NAMES = ("Maria Santos", "José Ñúñez", "Ingrid Ødegård", "Алёна Ёлкина", "O'Neil", "李", "A; B")
CITIES = ("Makati", "Tromsø", "Санкт-Петербург", "Cebu")


def live(app) -> None:
    """Let a shop have a few busy hours: everything that a person can do leaves its rows."""
    owner = Staffer(app)
    owner.sign_in()
    owner.post("/office/shop", name='Suki\'s "Salon"; ok', city="Makati", country="PH", json=False)
    owner.post("/office/people", name="Cora", role="cashier", pin="582917", json=False)
    owner.post("/office/devices", kind="tablet", label="Door", json=False)
    till, other = Staffer(app, "Ben", "cashier"), Staffer(app, "Dina", "cashier")
    till.sign_in(), other.sign_in()
    codes = [_signed_up(app, number) for number in range(36)]
    _signed_up(app, 3)  # somebody who is a customer already
    owner.elsewhere().post("/sign-in", name="Ana", passphrase="a wrong one")
    for number, code in enumerate(codes[:20]):
        fields = {"amount": f"{250 + number}.50", "what": "Haircut", "served_by": "Ben"} if number % 3 else {}
        redemption = till.redeem(code, **fields).json["redemption_id"]
        if number % 5 == 0:
            till.undo(redemption)
    other.redeem(codes[1])  # refused: used
    other.look_up("731904558217")
    for number in (21, 22, 23):
        till.post("/till/visits", code=codes[number], operation_id=new_id(), amount="99.90", what="Shampoo")
    counter = owner.elsewhere()
    counter.becomes("till", "Counter")
    counter.sign_in()
    counter.post("/till/visits", code=codes[1], operation_id=new_id(), amount="500", reason="She never got it")
    owner.post("/sign-in/again", passphrase=PASSPHRASE, json=False)
    owner.browser.get("/office/exports/customers.csv?from=2020-01-01&to=2099-12-31")


def _signed_up(app, number: int) -> str:
    """A customer with a phone number, an e-mail address or both, and a mixture of everything else."""
    contact = {"phone": f"0917555{1000 + number}"} if number % 3 else {"email": f"person{number}@example.com"}
    consents = {"consent_sms": "yes", "consent_email": "yes"} if number % 2 else {}
    language = ("en", "fil", "nb", "ru")[number % 4]
    said = {"name": NAMES[number % len(NAMES)], "city": CITIES[number % len(CITIES)]}
    said |= {"source": ("friend", "window", "regular")[number % 3]}
    return Customer(app).sign_up(language=language, **contact, **said, **consents).json.get("code")


def sqlite_dump(engine, _tables) -> str:
    connection = engine.raw_connection()
    said = "\n".join(connection.driver_connection.iterdump())
    connection.close()
    return said


def postgresql_dump(engine, tables) -> str:
    """Statements that make the same tables with the same rows."""
    said = ["SET TIME ZONE 'UTC'", "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"]
    said += [str(CreateTable(table).compile(engine)) for table in tables]
    said += [str(CreateIndex(index).compile(engine)) for table in tables for index in table.indexes]
    with engine.connect() as connection:
        found = inspect(connection)
        for table in ["alembic_version", *(table.name for table in tables)]:
            columns = [f'"{column["name"]}"' for column in found.get_columns(table)]
            as_text = ", ".join(f"{column}::text" for column in columns)
            for row in connection.execute(text(f'SELECT {as_text} FROM "{table}"')):
                values = ", ".join("NULL" if value is None else _quoted(value) for value in row)
                said.append(f'INSERT INTO "{table}" ({", ".join(columns)}) VALUES ({values})')
    said.append("SELECT setval(seqrelid::regclass, 1000) FROM pg_sequence")
    return ";\n".join(said) + ";\n"


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def keep(settings: dict, dump, kind: str) -> None:
    with tempfile.TemporaryDirectory(dir=FOLDERS) as folder:
        app = open_shop(Path(folder) / "instance", **settings)
        live(app)
        with app.app_context():
            db = app.extensions["sqlalchemy"]
            db.session.rollback()
            version = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
            db.session.rollback()
            said = dump(db.engine, db.metadata.sorted_tables)
        close_shop(app)
    path = HERE / f"{version}.{kind}.sql.gz"
    path.write_bytes(gzip.compress(said.encode(), mtime=0))
    print(path, path.stat().st_size)


if __name__ == "__main__":
    keep({}, sqlite_dump, "sqlite")
    cluster = Cluster()
    try:
        databases = Databases(cluster.url.format("postgres"))
        keep({"KIOSK_DATABASE_URL": databases.new()}, postgresql_dump, "postgresql")
        databases.connection.close()
    finally:
        cluster.remove()
