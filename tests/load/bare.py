"""The yardstick: the smallest Flask app that takes a form of six fields, keeps it in two rows, and lets a code be used
once. No shop, no languages, no consents, no limits, no audit.

`python tests/load/bare.py FOLDER PORT [DATABASE]`; its exports read the database of a shop with the shop's own query.
"""

import csv
import io
import secrets
import sqlite3
import sys
import tempfile
from datetime import UTC, datetime

import waitress
from flask import Flask, Response, jsonify, render_template, request
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect, FlaskForm
from jinja2 import DictLoader
from sqlalchemy import ForeignKey, String, event, update
from sqlalchemy.orm import Mapped, mapped_column
from wtforms import EmailField, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Length

from kiosk.base.database import ON_EACH_CONNECTION, journal_mode
from kiosk.base.writing import Turnstile

FORM = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sign up</title></head><body><h1>Sign up</h1>
<form method="post" action="/signups">{{ form.csrf_token }}{% for field in form if field.name != "csrf_token" %}
<p>{{ field.label }} {{ field() }}</p>{% endfor %}<button>Send</button></form></body></html>"""
# What a row of the shop's own list of signups is made of, by a cursor and nothing else.
ROWS = """
SELECT signup.finished_at, customer.name, customer.city, customer.phone, customer.email, signup.language,
  (SELECT value FROM answer WHERE signup_id = signup.id AND question = 'source' LIMIT 1),
  (SELECT CASE WHEN is_verified = 0 THEN 'unverified' ELSE decision END FROM consent
   WHERE customer_id = signup.customer_id AND purpose = 'sms' ORDER BY id DESC LIMIT 1),
  (SELECT CASE WHEN is_verified = 0 THEN 'unverified' ELSE decision END FROM consent
   WHERE customer_id = signup.customer_id AND purpose = 'email' ORDER BY id DESC LIMIT 1),
  coupon.valid_until, coupon.spent_at, coupon.offer_id || ' off',
  CASE WHEN coupon.voided_at IS NOT NULL THEN 'void' WHEN coupon.spent_at IS NOT NULL THEN 'used'
    WHEN coupon.valid_until < date() THEN 'expired' WHEN coupon.valid_from > date() THEN 'not_yet' ELSE 'issued' END,
  signup.finished_at, signup.id
FROM signup JOIN customer ON customer.id = signup.customer_id JOIN coupon ON coupon.id = signup.coupon_id
WHERE (signup.finished_at, signup.id) > (?, ?) ORDER BY signup.finished_at, signup.id LIMIT 1000
"""
CELLS = 13
TIMES, DAYS = (0, 10), (9,)
FORMULA_STARTS = tuple("=+-@\t\r")

app = Flask(__name__)
app.jinja_loader = DictLoader({"form.html": FORM})
db, csrf, turnstile = SQLAlchemy(session_options={"expire_on_commit": False}), CSRFProtect(), Turnstile()


class Person(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    city: Mapped[str] = mapped_column(String(80))
    phone: Mapped[str] = mapped_column(String(20), unique=True)
    email: Mapped[str | None]
    source: Mapped[str] = mapped_column(String(20))


class Ticket(db.Model):
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignUp(FlaskForm):
    language = SelectField("Language", choices=["en", "fil", "nb", "ru"])
    source = SelectField("Source", choices=["window", "friend", "social", "search", "regular", "other"])
    city = StringField("Town", validators=[Length(max=80)])
    name = StringField("Name", validators=[DataRequired(), Length(max=60)])
    phone = TelField("Mobile", validators=[DataRequired(), Length(max=20)])
    email = EmailField("Email")


def begin():
    connection = db.session.connection()
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@app.get("/")
def form():
    return render_template("form.html", form=SignUp())


@app.post("/signups")
def sign_up():
    given = SignUp()
    if not given.validate():
        return jsonify(errors=given.errors), 422
    person = Person(name=given.name.data, city=given.city.data, phone=given.phone.data, source=given.source.data)
    ticket = Ticket(code=f"{secrets.randbelow(10**12):012}", made_at=datetime.now(UTC).replace(tzinfo=None))
    with turnstile:
        begin()
        db.session.add(person)
        db.session.flush()
        ticket.person_id = person.id
        db.session.add(ticket)
        db.session.commit()
    return jsonify(code=ticket.code), 201


@app.post("/redemptions")
def redeem():
    unused = update(Ticket).where(Ticket.code == request.form["code"], Ticket.used_at.is_(None))
    with turnstile:
        begin()
        used = db.session.execute(unused.values(used_at=datetime.now(UTC).replace(tzinfo=None))).rowcount
        db.session.commit()
    return jsonify(used=used), 201 if used else 409


def chunks():
    key = ("", 0)
    connection = sqlite3.connect(app.config["SHOP"])
    while rows := connection.execute(ROWS, key).fetchall():
        yield rows
        key = rows[-1][CELLS:]
    connection.close()


@app.get("/signups.csv")
def as_csv():
    def pieces():
        for rows in chunks():
            buffer = io.StringIO()
            writer = csv.writer(buffer)
            for row in rows:
                cells = row[:CELLS]
                writer.writerow(["'" + c if isinstance(c, str) and c.startswith(FORMULA_STARTS) else c for c in cells])
            yield buffer.getvalue().encode()

    return Response(pieces(), mimetype="text/csv")


@app.get("/signups.xlsx")
def as_xlsx():
    """XlsxWriter alone: how long it took for cells that are there already, without the query."""
    import time

    import xlsxwriter

    rows = [[datetime.fromisoformat(c[:19]) if i in (*TIMES, *DAYS) and c else c for i, c in enumerate(row[:CELLS])]
            for some in chunks() for row in some]  # fmt: skip
    begun = time.process_time()
    with tempfile.TemporaryFile() as file:
        book = xlsxwriter.Workbook(file, {"constant_memory": True})
        page, form = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(number, column, cell, form)
                elif cell:
                    page.write_string(number, column, cell)
        book.close()
    return jsonify(seconds=time.process_time() - begun, rows=len(rows))


def make(folder: str, shop: str = "") -> Flask:
    app.config.update(
        SECRET_KEY=secrets.token_hex(), SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder}/bare.sqlite", SHOP=shop
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "connect_args": {"isolation_level": None, "check_same_thread": False}, "pool_size": 64,
    }  # fmt: skip
    db.init_app(app)
    csrf.init_app(app)
    with app.app_context():

        @event.listens_for(db.engine, "connect")
        def on_connect(connection, _record):
            as_there = {"journal_mode": journal_mode(db.engine)} | ON_EACH_CONNECTION | {"query_only": "OFF"}
            for pragma, value in as_there.items():
                connection.execute(f"PRAGMA {pragma}={value}")

        db.create_all()
    return app


if __name__ == "__main__":
    waitress.serve(make(sys.argv[1], *sys.argv[3:]), host="127.0.0.1", port=int(sys.argv[2]), threads=4, ident=None)
