"""People: who works here, and what each of them may."""

from flask import g, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Staff
from kiosk.staff import people
from kiosk.views.office.room import room
from kiosk.web.browser import signed_in, then


@room.get("/people", endpoint="people", asks_again=True)
def show_people():
    return render_template("office/people.html", people=people.everybody())


@room.post("/people", asks_again=True, page=show_people)
def add_person():
    person = people.employ(request.form.get("name", ""), _role(), now(), **_secrets(), by=signed_in())
    return then(url_for("office.people"), staff_id=person.id)


def _role() -> str:
    return "manager" if request.form.get("role") == "manager" else "cashier"


def _secrets() -> dict[str, str | None]:
    return {name: request.form.get(name) or None for name in ("passphrase", "pin")}


@room.get("/people/<id:person_id>", asks_again=True)
def person(person_id: int):
    return render_template("office/person.html", person=db.get_or_404(Staff, person_id))


@room.post("/people/<id:person_id>", asks_again=True)
def change_person(person_id: int):
    _stay_with(person_id)
    may_export = request.form.get("may_export") == "yes"
    people.change(person_id, _role(), may_export, now(), **_secrets(), by=signed_in())
    return redirect(url_for("office.people"), 303)


def _stay_with(person_id: int) -> None:
    """What is refused is said on the page of that person, whom there must be."""
    db.get_or_404(Staff, person_id)
    g.page = lambda: person(person_id)


@room.post("/people/<id:person_id>/<any(disable, enable):verb>", asks_again=True)
def end_or_begin_work(person_id: int, verb: str):
    _stay_with(person_id)
    {"disable": people.disable, "enable": people.enable}[verb](person_id, now(), by=signed_in())
    return redirect(url_for("office.people"), 303)
