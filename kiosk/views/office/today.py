"""Today: who came, what it gave, and the list to take away."""

from datetime import date, timedelta

from flask import Response, abort, render_template, request, send_file, stream_with_context
from flask_babel import gettext

from ... import audit, devices, exports, shop, spreadsheets, tallies
from ...database import now
from ...refusals import NotAllowed, saying
from ...reports import summary
from ..doors import signed_in
from .room import room

NEWEST = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@room.get("")
def today():
    first, last = _days()
    return render_template(
        "office/today.html",
        first=first,
        last=last,
        is_today=first == last == shop.current().today(),
        summary=summary(first, last),
        hands=tallies.hands(first, last),
        signups=list(exports.signup_rows(first, last, newest=NEWEST)),
        newest=NEWEST,
        presets=_presets(),
        today=shop.current().today(),
        has_tablet=devices.any_tablet(),
    )


def _presets() -> list[tuple[str, date, date]]:
    """The days most often asked for: what they are called, the first, the last."""
    today = shop.current().today()
    yesterday = today - timedelta(days=1)
    return [
        (gettext("Today"), today, today),
        (gettext("Yesterday"), yesterday, yesterday),
        (gettext("7 days"), today - timedelta(days=6), today),
        (gettext("30 days"), today - timedelta(days=29), today),
    ]


def _days() -> tuple[date, date]:
    """The shop days asked for, today unless said otherwise; the wrong way round is put right.

    Raises Invalid; NotAllowed for other days than today, but to managers.
    """
    today = shop.current().today()
    with saying(**{"from": gettext("Choose a day, like 2026-12-31")}):
        days = [shop.read_day(request.args.get(name) or today.isoformat()) for name in ("from", "to")]
    if set(days) != {today} and not signed_in().may("office"):
        raise NotAllowed
    return min(days), max(days)


@room.get("/exports/<what>.<form>")
def export(what: str, form: str):
    if what not in exports.SHEETS or form not in ("csv", "xlsx"):
        abort(404)
    if what != "signups" and not signed_in().may("office"):
        raise NotAllowed
    first, last = _days()
    audit.note("export", now(), by=signed_in(), object_id=f"{what} {first} {last}")
    sheet = exports.SHEETS[what](first, last)
    name = f"{what} {first.isoformat()}" + (f" to {last.isoformat()}" if first != last else "") + f".{form}"
    head = audit.head_line()
    if form == "xlsx":
        response = send_file(spreadsheets.to_xlsx(sheet, head), XLSX, as_attachment=True, download_name=name)
    else:
        response = Response(stream_with_context(spreadsheets.to_csv(sheet)), mimetype="text/csv")
        response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Audit-Head"] = head
    return response
