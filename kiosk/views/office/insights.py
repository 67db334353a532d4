"""Insights: what some days say about the shop, each picture with its sentence and its figures."""

from datetime import timedelta

from flask import render_template
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.models import Customer
from kiosk.reports import figures, insights, payoff
from kiosk.shop import shop
from kiosk.signups import questionnaires
from kiosk.views.office.room import days_asked_for, room

USUAL = 30  # days
ASKED = ("one", "many", "ranking", "scale", "stars")  # kinds of questions with answers to choose from


@room.get("/insights", endpoint="insights")
def show_insights():
    days = days_asked_for(USUAL)
    questionnaire, earlier = questionnaires.current(), figures.before(*days)
    chosen = [question for question in questionnaires.ever_asked("signup") if question.kind in ASKED]
    answered = [(question, insights.answered(question, *days)) for question in chosen]
    still = {question.key for question in questionnaire.asked()}
    given, used = insights.until_used(*days)
    return render_template(
        "office/insights.html",
        first=days[0],
        last=days[1],
        earlier=earlier,
        presets=_presets(),
        now=figures.of(*days),
        then=figures.of(*earlier),
        asked=[(question, found) for question, found in answered if found or question.key in still],
        towns=insights.lived(Customer.city, *days),
        spoken=insights.lived(Customer.language, *days),
        hours=insights.hours(*days),
        funnel=(steps := insights.funnel(questionnaire, *days)),
        stop_before=insights.loses_most(steps),
        questions={question.key: question for question in questionnaire.asked()},
        ladder=insights.ladder(*days),
        months=insights.joined_and_lost(days[1]),
        active=insights.active(now()),
        given=given,
        used=used,
        half_within=insights.half_within(used) if used else 0,
        cashiers=insights.by_cashier(*days),
        servers=insights.by_server(*days),
        FEWEST=insights.FEWEST,
        payoff=payoff.by_purpose(shop.current().today()),
        HOLDS_OUT=payoff.HOLDS_OUT,
    )


def _presets() -> list[tuple]:
    """The days most often asked for: what they are called, the first, the last."""
    today = shop.current().today()
    lengths = ((gettext("7 days"), 7), (gettext("30 days"), 30), (gettext("90 days"), 90), (gettext("A year"), 365))
    return [(text, today - timedelta(days=length - 1), today) for text, length in lengths]
