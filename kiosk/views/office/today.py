"""Today: who came, what it gave, and the list to take away."""

from datetime import date, timedelta

from flask import abort, redirect, render_template, request, session, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.refusals import NotAllowed
from kiosk.customers import feedback, filters
from kiosk.oversight import glance, timekeeping
from kiosk.reports import cells, exports, figures, first_day, insights, log
from kiosk.shop import shop
from kiosk.signups import questionnaires, tallies
from kiosk.staff import devices, rights
from kiosk.views.office.room import TYPES, as_file, days_asked_for, pairing_link, room
from kiosk.web.access import signed_in
from kiosk.web.doors import opens

NEWEST = 50


@room.get("")
@opens("export")
def today():
    first, last = _days()
    questions = questionnaires.ever_asked("signup")
    secret = session.get("pairing")
    counts, is_manager = tallies.of(first, last), rights.may(signed_in(), "office")
    return render_template(
        "office/today.html",
        first=first,
        last=last,
        is_today=first == last == shop.current().today(),
        figures=figures.of(first, last),
        earlier=figures.of(*_to_compare(first, last)),
        stopped=counts,
        lately=insights.lately(last) if is_manager else None,
        complaints=feedback.to_see_to() if is_manager else (),
        to_do=first_day.left() if is_manager else (),
        link=pairing_link(secret) if secret and devices.waiting(secret, now()) else None,
        hands=tallies.hands(counts),
        signups=exports.newest_signups(first, last, questions, NEWEST),
        labels={question.key: cells.label_of(question) for question in questions if question.choices},
        newest=NEWEST,
        presets=_presets(),
        today=shop.current().today(),
        has_tablet=devices.any_tablet(),
        about_clock=timekeeping.trouble(now()),
        **(glance.of(now()) if is_manager else {}),
    )


def _to_compare(first: date, last: date) -> tuple[date, date]:
    """The same weekday a week before; for several days, as many before them."""
    week = timedelta(days=7)
    return (first - week, last - week) if first == last else figures.before(first, last)


def _presets() -> list[tuple[str, date, date]]:
    """The days most often asked for: what they are called, the first, the last."""
    today = shop.current().today()
    yesterday, month = today - timedelta(days=1), today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        (gettext("Today"), today, today),
        (gettext("Yesterday"), yesterday, yesterday),
        (gettext("7 days"), today - timedelta(days=6), today),
        (gettext("30 days"), today - timedelta(days=29), today),
        (gettext("This month"), month, today),
        (gettext("Last month"), before.replace(day=1), before),
    ]


def _days() -> tuple[date, date]:
    """The shop days asked for, today unless said otherwise. Raises Invalid; NotAllowed for others, but to managers."""
    days, today = days_asked_for(), shop.current().today()
    if set(days) != {today} and not rights.may(signed_in(), "office"):
        raise NotAllowed
    return days


@room.post("/feedback/<id:feedback_id>/settle")
def settle_feedback(feedback_id: int):
    feedback.settle(feedback_id, now(), by=signed_in())
    return redirect(url_for("office.today"), 303)


@room.get("/exports/<what>.<form>")
@opens("export", asks_again=True)
def export(what: str, form: str):
    if what not in exports.SHEETS or form not in TYPES:
        abort(404)
    if what != "signups" and not rights.may(signed_in(), "office"):
        raise NotAllowed
    first, last = _days()
    asked = filters.read(request.args if what == "customers" else {})
    sheet = exports.SHEETS[what](first, last, *filters.conditions(asked, now()))
    sheet.filter = filters.spelled(asked)
    noted = " ".join((f"{first} {last}", "search" * bool(asked.q), *asked.on)).replace("  ", " ")
    days = f"{first}" + (f" to {last}" if first != last else "")
    return as_file(sheet, form, days, noted[:60].strip(), _reason() if what == "customers" else "")


def _reason() -> str:
    """Why everybody's contacts are taken; those who agreed to messages may be written to without one."""
    said = request.args.get("reason", "")
    return "" if request.args.get("consent") else said if said in log.REASONS else "not_said"
