"""Customers: find one, or those who have something in common, and take the list along."""

from flask import g, jsonify, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.customers import doubles, filters, retention, search
from kiosk.models import Customer
from kiosk.oversight import log
from kiosk.reports import cards, downloads, exports, spreadsheets
from kiosk.shop import languages, shop
from kiosk.signups import questionnaires, towns
from kiosk.views.office.room import chosen, days_asked_for, reason, room
from kiosk.web.browser import signed_in, then, wants_json, whole

FIRST_DAY = "1970-01-01"  # an export of all customers begins there
COUNT = "count-all"  # asks for how many they are exactly; with a hyphen, which no question's key has


@room.get("/customers", endpoint="customers")
def show_customers():
    g.page = lambda: _page(filters.Filters("", {}))
    asked = filters.read(request.args)
    return jsonify(search.as_dict(_found(asked))) if wants_json() else _page(asked)


def _found(asked: filters.Filters) -> search.Found:
    exact = wants_json() or COUNT in request.args
    return search.page(asked, now(), after=request.args.get("after", ""), exact=exact)


def _page(asked: filters.Filters) -> str:
    given = {name: text for name, text in request.args.items() if name not in ("after", COUNT) and text.strip()}
    return render_template(
        "office/customers/customers.html", found=_found(asked), asked=asked, sort=asked.sort, given=given,
        names=filters.NAMES, MESSAGES=filters.MESSAGES, REASONS=log.REASONS,
        questions=filters.questions(), towns=towns.offered(), languages=languages.every(), months=languages.months(),
        export={"from": FIRST_DAY, "to": shop.current().today()} | {k: v for k, v in given.items() if k != "sort"},
        asks_birthday=any(question.key == "birthday" for question in questionnaires.ever_asked("signup", "later")),
    )  # fmt: skip


@room.get("/customers/doubles", endpoint="doubles")
def show_doubles():
    return render_template("office/customers/doubles.html", pairs=doubles.likely())


@room.post("/customers/<id:customer_id>/apart")
def keep_apart(customer_id: int):
    """Note that this customer and another are two people."""
    one, other = (db.get_or_404(Customer, number) for number in (customer_id, whole(request.form.get("other_id"))))
    doubles.keep_apart(one.id, other.id, now(), by=signed_in())
    return then(url_for("office.doubles"))


@room.get("/customers/due", endpoint="due")
def show_due():
    """Who will be forgotten within a week."""
    soon = shop.current().today() + retention.AHEAD
    return render_template("office/due.html", customers=retention.due(soon), soon=soon)


@room.get("/customers/cards", asks_again=True)
def print_cards():
    """The chosen customers as cards of paper: an export, as any other."""
    g.page = lambda: _page(filters.read(request.args))
    sheet, noted = chosen(exports.cards, *days_asked_for(), request.args)
    pieces, _ = downloads.start(sheet, "", noted, by=signed_in(), reason=reason(), draw=_draw_cards)
    return b"".join(pieces).decode()


def _draw_cards(sheet: spreadsheets.Sheet) -> str:
    return render_template("office/customers/cards.html", cards=cards.in_order(sheet), filter=sheet.filter)
