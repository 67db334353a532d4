"""Customers: find one, or those who have something in common, and take the list along."""

from flask import jsonify, render_template, request

from kiosk.base.clock import now
from kiosk.base.contacts import masked
from kiosk.base.forms import Form
from kiosk.base.refusals import Invalid
from kiosk.customers import filters, search
from kiosk.customers.filters import Filters
from kiosk.shop import languages, shop
from kiosk.signups import towns, versions
from kiosk.views.office.room import room
from kiosk.web.answers import wants_json

FIRST_DAY = "1970-01-01"  # an export of all customers begins there


@room.get("/customers", endpoint="customers")
def show_customers():
    try:
        asked, sort, problems = filters.read(request.args), _sort(), {}
    except Invalid as invalid:
        if wants_json():
            raise
        asked, sort, problems = Filters("", {}), "last_visit", invalid.errors
    found = search.page(asked, now(), sort=sort, after=request.args.get("after", ""))
    if wants_json():
        return jsonify(count=found.count, customers=[_facts(one) for one in found.customers], next=found.next)
    given = {name: text for name, text in request.args.items() if name != "after" and text.strip()}
    page = render_template(
        "office/customers/customers.html", found=found, asked=asked, sort=sort, given=given, errors=problems,
        questions=filters.questions(), towns=towns.offered(), languages=languages.offered(), months=_months(),
        export={"from": FIRST_DAY, "to": shop.current().today()} | {k: v for k, v in given.items() if k != "sort"},
        asks_birthday=any(question.key == "birthday" for question in versions.current().with_answers()),
    )  # fmt: skip
    return page, 422 if problems else 200


def _sort() -> str:
    with Form(request.args) as form:
        return form.choice("sort", search.SORTS) or "last_visit"


def _facts(customer) -> dict:
    last, since = customer.last_visit_at, customer.created_at
    return {
        "id": customer.id, "name": customer.name, "contact": masked(customer.phone, customer.email),
        "town": customer.city, "visits": customer.visits, "spent": customer.spent,
        "last_visit": last and last.isoformat(), "since": since.isoformat(),
    }  # fmt: skip


def _months() -> list[tuple[str, str]]:
    return [(str(number), languages.month(number)) for number in range(1, 13)]
