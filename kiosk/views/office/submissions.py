"""The forms beside the sign-up: where each is offered, and what was filled in."""

from flask import redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.coupons import offers
from kiosk.shop import languages, shop
from kiosk.signups import questionnaires, submissions
from kiosk.signups.built_in_questions import FORMS, TITLES
from kiosk.views.office.room import room
from kiosk.web.access import signed_in
from kiosk.web.answers import whole


@room.post("/forms", endpoint="offer_form")
def offer_form():
    """Say where a form is offered, and which coupon it gives; what is not sent stays."""
    with Form(request.form) as form:
        name = form.choice("form", FORMS, required=True)
        where = form.choice("offered", submissions.OFFERED)
        known = {"0", *(str(one.series_id) for one in offers.listed())}
        series = form.choice("series", known)
    where, series = where or submissions.offered(name), int(series or submissions.series_of(name))
    submissions.decide(name, where, series, now(), by=signed_in())
    return redirect(url_for("office.questions", name="welcome", _anchor="forms"), 303)


@room.get("/submissions", endpoint="submissions")
def show_submissions():
    name = request.args.get("form", "")
    found = submissions.newest(name if name in FORMS else "", before=whole(request.args.get("before")))
    return render_template(
        "office/questions/submissions.html", submissions=found, page=submissions.PAGE, titles=TITLES,
        asked=questionnaires.of, birthday=languages.birthday, today=shop.current().today(),
    )  # fmt: skip


@room.post("/submissions/<id:submission_id>")
def set_submission_state(submission_id: int):
    with Form(request.form) as form:
        state = form.choice("state", ("new", "done"), required=True)
    submissions.set_state(submission_id, is_done=state == "done", at=now(), by=signed_in())
    return redirect(url_for("office.submissions", form=request.args.get("form"), _anchor=f"at-{submission_id}"), 303)
