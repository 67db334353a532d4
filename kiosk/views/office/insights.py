"""Insights: what some days say about the shop, each picture with its sentence and its figures."""

from datetime import date

from flask import render_template
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.reports import cohorts, figures, insights, sums
from kiosk.reports.sums import Sums
from kiosk.rewards import payoff
from kiosk.shop import shop
from kiosk.signups import questionnaires
from kiosk.views.office.room import days_asked_for, last_days, room

USUAL = 30  # days
BY_DAY = 14  # days; over more of them stars are told by the week, since a day has few


@room.get("/insights", endpoint="insights")
def show_insights():
    days = days_asked_for(USUAL)
    earlier, starts, found = figures.before(*days), insights.periods(*days), sums.of(*days)
    totals = sums.registers(*days)
    (towns, spoken), came = insights.lived_and_spoke(*days), figures.total(found)
    rated_by = insights.periods(*days, most=BY_DAY)
    since = cohorts.of(*days, came.signups)
    ladder = insights.ladder(since)
    used = insights.until_used(since)
    lengths = ((gettext("7 days"), 7), (gettext("30 days"), 30), (gettext("90 days"), 90), (gettext("A year"), 365))
    return render_template(
        "office/insights.html", first=days[0], last=days[1], earlier=earlier, starts=starts,
        presets=last_days(*lengths), share=figures.share_of(totals, found), typed_days=len(totals),
        now=came, of_last_night=came.signups >= cohorts.MANY, then=figures.of(*earlier), FEWEST=insights.FEWEST,
        visits=insights.over_time(found, starts, "hour", "signup"),
        rated_by=rated_by,
        stars=insights.stars(found, rated_by), recommended=insights.recommended(*days, rated_by),
        hours=insights.hours(found), cashiers=insights.by_cashier(found), servers=insights.by_server(found),
        ladder=ladder, regular_costs=insights.regular_costs(came.welcome_discounts, ladder),
        months=insights.joined_and_lost(days[1], now()), active=insights.active(now()),
        is_running=days[1] >= shop.current().today().replace(day=1),
        payoff=payoff.by_purpose(shop.current().today()), HOLDS_OUT=payoff.HOLDS_OUT,
        towns=towns, spoken=spoken, used=used, half_within=insights.half_within(used) if used else 0,
        **_asked(days, since),
    )  # fmt: skip


def _asked(days: tuple[date, date], since: Sums) -> dict:
    """What was answered, and where people stop."""
    questionnaire = questionnaires.current()
    chosen = [one for one in questionnaires.ever_asked("signup", "later") if one.kind in cohorts.ASKED]
    answered = [(question, insights.answered(question, since)) for question in chosen]
    still = {question.key: question for question in questionnaire.asked()}
    steps = insights.funnel(questionnaire, *days)
    return {
        "asked": [(question, found) for question, found in answered if found or question.key in still],
        "funnel": steps, "stop_before": insights.loses_most(steps), "questions": still,
    }  # fmt: skip
