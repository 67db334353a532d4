"""People: who works here, and what each of them may."""

from flask import g, jsonify, redirect, render_template, request, url_for

from ... import staff
from ...database import db, now, writing
from ...models import Staff
from ...web import wants_json
from ..doors import signed_in
from .room import room


@room.get("/people")
def people():
    return render_template("office/people.html", people=staff.everybody())


@room.post("/people")
def add_person():
    g.page = people
    with writing():
        person = staff.add(request.form.get("name", ""), _role(), now(), **_secrets(), by=signed_in())
    return jsonify(staff_id=person.id) if wants_json() else redirect(url_for("office.people"), 303)


def _role() -> str:
    return "manager" if request.form.get("role") == "manager" else "cashier"


def _secrets() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("passphrase", "pin")}


@room.get("/people/<id:person_id>")
def person(person_id: int):
    return render_template("office/person.html", person=db.get_or_404(Staff, person_id))


@room.post("/people/<id:person_id>")
def change_person(person_id: int):
    _stay_with(person_id)
    may_export = request.form.get("may_export") == "yes"
    staff.change(person_id, _role(), may_export, now(), **_secrets(), by=signed_in())
    return _done()


def _stay_with(person_id: int) -> None:
    """What is refused is said on the page of that person, whom there must be."""
    db.get_or_404(Staff, person_id)
    g.page = lambda: person(person_id)


def _done():
    return jsonify(done=True) if wants_json() else redirect(url_for("office.people"), 303)


@room.post("/people/<id:person_id>/disable")
def disable_person(person_id: int):
    _stay_with(person_id)
    staff.disable(person_id, now(), by=signed_in())
    return _done()


@room.post("/people/<id:person_id>/enable")
def enable_person(person_id: int):
    _stay_with(person_id)
    staff.enable(person_id, now(), by=signed_in())
    return _done()
