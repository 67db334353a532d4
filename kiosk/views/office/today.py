"""Today: who came, what it gave, and the list to take away."""

from datetime import date, timedelta

from flask import abort, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.forms import Form
from kiosk.base.phones import readable
from kiosk.base.refusals import NotAllowed
from kiosk.coupons import lookups, offers
from kiosk.customers import feedback
from kiosk.guard import audit
from kiosk.models import Customer
from kiosk.oversight import first_steps, health, machine
from kiosk.reports import cells, downloads, exports, figures, insights, spreadsheets, sums
from kiosk.shop import shop
from kiosk.signups import questionnaires, tallies
from kiosk.staff import devices
from kiosk.views.office.room import TYPES, as_file, chosen, days_asked_for, last_days, pairing_link, reason, room
from kiosk.web.browser import signed_in, then

NEWEST, DAYS, WEEK = 50, 14, timedelta(days=7)
LONGEST_PASSWORD = 255  # that Excel takes
EXPORT = f"/exports/<any({','.join(exports.SHEETS)}):what>"


@room.get("", to="export")
def today():
    (first, last), is_manager = _days(), signed_in().may("office")
    day = shop.current().today()
    # the same weekday a week before, or as many days before those
    before = (first - WEEK, last - WEEK) if first == last else figures.before(first, last)
    fortnight = [last - timedelta(days=number) for number in range(DAYS - 1, -1, -1)]
    found = sums.of(min(before[0], fortnight[0]), last)
    is_today = first == last == day
    earlier = sums.up_to(shop.current().time_of(now()) - WEEK) if is_today else sums.between(found, *before)
    questions, counts = questionnaires.ever_asked("signup"), tallies.of(first, last)
    return render_template(
        "office/today.html", first=first, last=last, today=day, is_today=is_today, presets=_presets(),
        figures=figures.total(sums.between(found, first, last)), earlier=figures.total(earlier),
        stopped=counts, took=tallies.typical(counts),
        hours=insights.by_hour(found, last, last - WEEK),
        days_before=insights.over_time(found, fortnight, "signup", "hour"),
        signups=exports.newest_signups(first, last, questions, NEWEST), newest=NEWEST,
        labels={question.key: cells.label_of(question) for question in questions if question.choices},
        about_clock=machine.clock_trouble(now()), **(_for_managers() if is_manager else {}),
    )  # fmt: skip


def _for_managers() -> dict:
    secret = session.get("pairing")
    return {
        "complaints": feedback.to_see_to(), "to_do": first_steps.left(), "paused": lookups.paused_tills(now()),
        "ends_on": offers.ends_soon(shop.current().today()),
        "link": pairing_link(secret) if secret and devices.waiting(secret, now()) else None,
        **health.at_a_glance(now()),
    }  # fmt: skip


def _presets() -> list[tuple[str, date, date]]:
    """The days most often asked for: what they are called, the first, the last."""
    today = shop.current().today()
    yesterday, month = today - timedelta(days=1), today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (gettext("Today"), today, today),
        (gettext("Yesterday"), yesterday, yesterday),
        *last_days((gettext("7 days"), 7), (gettext("30 days"), 30)),
        (gettext("This month"), month, today),
        (gettext("Last month"), before.replace(day=1), before),
    ]


def _days() -> tuple[date, date]:
    """The shop days asked for, today unless said otherwise. Raises Invalid; NotAllowed for others, but to managers."""
    days, today = days_asked_for(), shop.current().today()
    if set(days) != {today} and not signed_in().may("office"):
        raise NotAllowed
    return days


@room.post("/customers/<id:customer_id>/contact")
def show_contact(customer_id: int):
    """Say a customer's contact whole, and note who asked."""
    found = db.get_or_404(Customer, customer_id).canonical
    audit.note("contact", now(), by=signed_in(), object_id=found.id)
    contact = " · ".join(filter(None, (found.phone and readable(found.phone), found.email)))
    return then(url_for("office.customer", customer_id=found.id), contact=contact)


@room.post("/feedback/<id:feedback_id>/settle")
def settle_feedback(feedback_id: int):
    feedback.settle(feedback_id, now(), by=signed_in())
    return redirect(url_for("office.today"), 303)


@room.get(f"{EXPORT}.<any({','.join(TYPES)}):form>", to="export", asks_again=True)
def export(what: str, form: str, password: str = ""):
    if what != "signups" and not signed_in().may("office"):
        raise NotAllowed
    first, last = _days()
    sheet, noted = chosen(exports.SHEETS[what], first, last, request.args if what == "customers" else {})
    days = f"{first}" + (f" to {last}" if first != last else "")
    return as_file(sheet, form, days, noted, reason() if what == "customers" else "", password)


@room.post(f"{EXPORT}.xlsx", to="export", asks_again=True)
def export_locked(what: str):
    """The same with a password, which must stand in no address."""
    if not spreadsheets.can_lock():
        abort(404)
    with Form(request.form) as form:
        wanted = gettext("Enter a password of up to 255 characters")
        password = form.text("password", LONGEST_PASSWORD, wanted, required=True)
    return export(what, "xlsx", password)


@room.get("/exports/progress", to="export", asks_again=True)
def export_progress():
    """How many rows the export has so far that is being made for who asks."""
    return jsonify(rows=downloads.rows_of(signed_in()))
