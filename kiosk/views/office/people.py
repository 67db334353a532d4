"""People: who works here, and what each of them may."""

from flask import abort, g, jsonify, redirect, render_template, request, url_for

from ... import staff
from ...database import now, writing
from ...web import wants_json
from ..doors import signed_in
from .room import room

ROLES = ("cashier", "manager")


@room.get("/people")
def people():
    return _people()


def _people(errors: dict | None = None, values: dict | None = None) -> str:
    return render_template("office/people.html", people=staff.everybody(), errors=errors or {}, values=values or {})


@room.post("/people")
def add_person():
    g.page = _people
    with writing():
        person = staff.add(request.form.get("name", ""), _role(), now(), **_secrets(), by=signed_in())
    return jsonify(staff_id=person.id) if wants_json() else redirect(url_for("office.people"), 303)


def _role() -> str:
    return "manager" if request.form.get("role") == "manager" else "cashier"


def _secrets() -> dict[str, str]:
    return {name: request.form.get(name, "") for name in ("passphrase", "pin")}


@room.get("/people/<id:person_id>")
def person(person_id: int):
    return _person(staff.find(person_id) or abort(404))


def _person(person, errors: dict | None = None, values: dict | None = None, refusal: str = "") -> str:
    given = {"person": person, "errors": errors or {}, "values": values or {}, "refusal": refusal}
    return render_template("office/person.html", **given)


@room.post("/people/<id:person_id>")
def change_person(person_id: int):
    person = staff.find(person_id) or abort(404)
    g.page = lambda **wrong: _person(person, **wrong)
    may_export = request.form.get("may_export") == "yes"
    staff.change(person_id, _role(), may_export, now(), **_secrets(), by=signed_in())
    return _done()


def _done():
    return jsonify(done=True) if wants_json() else redirect(url_for("office.people"), 303)


@room.post("/people/<id:person_id>/disable")
def disable_person(person_id: int):
    g.page = lambda **wrong: _person(staff.find(person_id), **wrong)
    staff.disable((staff.find(person_id) or abort(404)).id, now(), by=signed_in())
    return _done()


@room.post("/people/<id:person_id>/enable")
def enable_person(person_id: int):
    staff.enable((staff.find(person_id) or abort(404)).id, now(), by=signed_in())
    return _done()
