"""Customers: find one, or those who have something in common, and take the list along."""

from flask import jsonify, render_template, request

from kiosk.base.clock import now
from kiosk.base.refusals import Invalid
from kiosk.customers import doubles, filters, search
from kiosk.customers.filters import Filters
from kiosk.oversight import log
from kiosk.shop import languages, shop
from kiosk.signups import questionnaires, towns
from kiosk.views.office.room import room
from kiosk.web.answers import wants_json

FIRST_DAY = "1970-01-01"  # an export of all customers begins there


@room.get("/customers", endpoint="customers")
def show_customers():
    try:
        asked, problems = filters.read(request.args), {}
    except Invalid as invalid:
        if wants_json():
            raise
        asked, problems = Filters("", {}), invalid.errors
    found = search.page(asked, now(), after=request.args.get("after", ""))
    if wants_json():
        return jsonify(search.as_dict(found))
    given = {name: text for name, text in request.args.items() if name != "after" and text.strip()}
    page = render_template(
        "office/customers/customers.html", found=found, asked=asked, sort=asked.sort, given=given, errors=problems,
        names=filters.NAMES, MESSAGES=filters.MESSAGES, REASONS=log.REASONS,
        questions=filters.questions(), towns=towns.offered(), languages=languages.every(), months=languages.months(),
        export={"from": FIRST_DAY, "to": shop.current().today()} | {k: v for k, v in given.items() if k != "sort"},
        asks_birthday=any(question.key == "birthday" for question in questionnaires.ever_asked("signup", "later")),
    )  # fmt: skip
    return page, 422 if problems else 200


@room.get("/customers/doubles", endpoint="doubles")
def show_doubles():
    return render_template("office/customers/doubles.html", pairs=doubles.likely())
