"""What is rare and grave on a customer's page: two who are one, a copy of all that is known, and forgetting."""

from flask import g, jsonify, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.customers import copy, forgetting, merging, retention, search, self_service
from kiosk.models import Customer
from kiosk.shop import shop
from kiosk.views.office.room import room
from kiosk.web.access import signed_in
from kiosk.web.answers import then, whole
from kiosk.web.doors import opens


def _customer(customer_id: int) -> Customer:
    return db.get_or_404(Customer, customer_id).canonical


@room.get("/customers/<id:customer_id>/merge")
def ask_about_merge(customer_id: int):
    """Look for the other customer, and show both before anything is done."""
    customer, typed = _customer(customer_id), request.values.get("q", "").strip()
    number = whole(request.values.get("other_id"))
    found = [db.get_or_404(Customer, number).canonical] if number else search.people(typed)
    others = [other for other in found if other is not customer]
    can_undo = merging.last_merge(customer.id, now()) is not None
    return render_template(
        "office/customer/merge.html", customer=customer, others=others, typed=typed, can_undo=can_undo
    )


@room.post("/customers/<id:customer_id>/merge")
def merge(customer_id: int):
    customer = _customer(customer_id)
    g.page = lambda: ask_about_merge(customer.id)
    merging.merge(customer.id, whole(request.form.get("other_id")), now(), by=signed_in())
    return _done(customer.id)


@room.post("/customers/<id:customer_id>/merge/undo")
def undo_merge(customer_id: int):
    customer = _customer(customer_id)
    g.page = lambda: ask_about_merge(customer.id)
    merging.undo(customer.id, now(), by=signed_in())
    return _done(customer.id)


def _done(customer_id: int):
    return then(url_for("office.customer", customer_id=customer_id), id=customer_id)


@room.get("/customers/<id:customer_id>/forget")
@opens("office", asks_again=True)
def ask_about_forgetting(customer_id: int):
    return render_template("office/customer/forget.html", customer=_customer(customer_id))


@room.post("/customers/<id:customer_id>/forget")
@opens("office", asks_again=True)
def forget(customer_id: int):
    forgetting.forget(_customer(customer_id).id, now(), by=signed_in())
    return then(url_for("office.due", forgotten=1), forgotten=True)


@room.post("/customers/<id:customer_id>/open-again")
def open_again(customer_id: int):
    customer = _customer(customer_id)
    self_service.open_again(customer.id, now(), by=signed_in())
    return _done(customer.id)


@room.get("/customers/<id:customer_id>/copy.json")
def copy_as_json(customer_id: int):
    return jsonify(copy.of(_customer(customer_id)))


@room.get("/customers/<id:customer_id>/copy")
def copy_to_print(customer_id: int):
    return render_template("office/customer/copy.html", **copy.to_read(_customer(customer_id)))


@room.get("/customers/due", endpoint="due")
def show_due():
    """Who will be forgotten within a week."""
    soon = shop.current().today() + retention.AHEAD
    return render_template("office/due.html", customers=retention.due(soon), soon=soon)
