"""Every figure of Insights against plain Python over all rows of a generated shop, in zones far apart."""

import random
from collections import Counter, defaultdict
from datetime import UTC, date, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

import pytest
from shop import NOON, a_coupon, at_till, new_id

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import corrections, visits
from kiosk.coupons.visits import Purchase
from kiosk.models import Answer, Coupon, Customer, Redemption, Signup, Visit
from kiosk.reports import cohorts, figures, insights, sums
from kiosk.reports.insights import Bar
from kiosk.shop import shop
from kiosk.signups import questionnaires, tallies
from kiosk.upkeep import demo

ZONES = ["Pacific/Apia", "Asia/Kathmandu", "America/New_York"]
LAST = date(2026, 11, 20)
SPANS = [(LAST, LAST), (LAST - timedelta(29), LAST), (LAST - timedelta(364), LAST)]


@pytest.fixture(params=ZONES)
def lived_in(in_shop, request):
    """A shop of a year, in that zone; some purchases were undone. Gives back its clock."""
    with writing():
        shop.describe(time_zone=request.param)
    demo.fill(400, NOON, years=1)
    manager, dice = at_till(), random.Random(1)
    for number, coupon_id in dice.sample(db.session.query(Visit.id, Visit.coupon_id).all(), 12):
        if coupon_id:
            redemption = db.session.query(Redemption.id).filter_by(visit_id=number).one()[0]
            corrections.undo(redemption, new_id(), NOON, by=manager, reason="Mistake")
        else:
            corrections.undo_visit(number, new_id(), NOON, by=manager, reason="Mistake")
    return ZoneInfo(request.param)


def that_stand():
    undone = {visit.corrects_id for visit in db.session.query(Visit)}
    return [one for one in db.session.query(Visit) if one.corrects_id is None and one.id not in undone]


def test_every_figure_is_that_of_the_rows(lived_in, monkeypatch):
    """In one test, since a shop of a year takes its time."""
    for first, last in SPANS:
        compare_figures(lived_in, first, last)
        compare_pictures(lived_in, first, last)
    monkeypatch.setattr(cohorts, "MANY", 0)
    cohorts.keep(NOON)
    counted = cohorts.counted  # of the last day alone, which is not over in each zone; the others are kept
    monkeypatch.setattr(cohorts, "counted", lambda *days: counted(*days) if days[0] == LAST else ())
    for first, last in SPANS:
        compare_pictures(lived_in, first, last)
    compare_months(lived_in)


def compare_figures(lived_in, first, last):
    def within(rows, column):
        return [row for row in rows if first <= getattr(row, column).astimezone(lived_in).date() <= last]

    came, bought = within(db.session.query(Signup), "finished_at"), within(that_stand(), "happened_at")
    with_coupon, found = [visit for visit in bought if visit.coupon_id], figures.of(first, last)

    assert (found.signups, found.new_customers) == (len(came), sum(one.is_first for one in came))
    assert (found.visits, found.redeemed) == (len(bought), len(with_coupon))
    assert found.spent == sum(visit.amount or 0 for visit in bought)
    assert found.discounts == found.welcome_discounts == sum(visit.discount or 0 for visit in bought)
    hours = Counter((at.weekday(), at.hour) for at in (v.happened_at.astimezone(lived_in) for v in bought))
    sums_of = sums.of(first, last)
    assert insights.hours(sums_of) == hours
    assert {bar.key: bar.count for bar in insights.by_server(sums_of)} == Counter(v.served_by for v in bought)


def compare_pictures(lived_in, first, last):
    def is_within(at):
        return first <= at.astimezone(lived_in).date() <= last

    question, stand = questionnaires.current().asked()[0], that_stand()
    people = {one.id: one for one in db.session.query(Customer) if one.merged_into_id is None}
    new = {number for number, one in people.items() if is_within(one.created_at)}
    came = defaultdict(list)
    for visit in sorted(stand, key=lambda visit: (visit.happened_at, visit.id)):
        came[visit.customer_id].append(visit)

    given = db.session.query(Answer.value, Answer.customer_id).filter(Answer.question == question.key)
    answers = {(value, who) for value, who in given if who in new}
    by_value = defaultdict(list)
    for value, who in answers:
        by_value[value].append(who)
    large = {value: whose for value, whose in by_value.items() if len(whose) >= 5}
    since = cohorts.of(first, last, len(new))
    found = {bar.key: bar for bar in insights.answered(question, since)}
    assert {key: bar.count for key, bar in found.items() if key} == {key: len(whose) for key, whose in large.items()}
    for value, whose in large.items():
        spent = [visit.amount for who in whose for visit in came[who]]
        assert found[value].money == (round(sum(spent) / len(spent)) if spent else None)

    ladder = {int(bar.key): bar for bar in insights.ladder(since)}
    for nth in cohorts.LADDER:
        hers = [came[who] for who in new if len(came[who]) >= nth]
        assert (ladder[nth].count if nth in ladder else 0) == len(hers)
        if len(hers) < 5 and nth in ladder:
            assert ladder[nth].days is None  # so few that it would be said of one of them
        elif hers and nth > 1:
            gaps = [(v[nth - 1].happened_at - v[nth - 2].happened_at) / timedelta(1) for v in hers]
            assert ladder[nth].days == pytest.approx(fmean(gaps), abs=0.001)

    first_ones = [one for one in db.session.query(Signup) if one.is_first and is_within(one.finished_at)]
    coupons = [db.session.get(Coupon, one.coupon_id) for one in first_ones]
    used = Counter((c.spent_at - c.issued_at).days for c in coupons if c.spent_at)
    assert {int(bar.key): bar.count for bar in insights.until_used(since) if bar.count} == used


def compare_months(lived_in):
    people = [one for one in db.session.query(Customer) if one.merged_into_id is None]

    def month(at):
        return at.astimezone(lived_in).date().replace(day=1)

    joined = Counter(month(one.created_at) for one in people)
    bars = insights.joined_and_lost(LAST, NOON)

    assert [bar.key for bar in bars][::11] == ["2025-12-01", "2026-11-01"]
    assert {bar.key: bar.count for bar in bars} == {bar.key: joined[date.fromisoformat(bar.key)] for bar in bars}
    away = timedelta(days=90)
    starts = {bar.key: shop.current().span(*[date.fromisoformat(bar.key)] * 2)[0] for bar in bars}
    ends = [*list(starts.values())[1:], shop.current().span(date(2026, 12, 1), date(2026, 12, 1))[0]]
    for bar, end in zip(bars, ends, strict=True):
        gone = [p for p in people if p.last_visit_at and starts[bar.key] <= p.last_visit_at + away < min(end, NOON)]
        assert bar.other == len(gone)


def test_a_group_that_could_name_somebody_is_not_told_apart(in_shop):
    for number in range(9):
        a_coupon(city="Oslo" if number < 5 else f"Village {number}")

    assert insights.lived_and_spoke(*[NOON.date()] * 2)[0] == [Bar("Oslo", 5), Bar("", 4)]


def test_where_people_stop(in_shop):
    day, questionnaire = shop.current().today(), questionnaires.current()
    for number in range(3):
        took = {"started": 0, "step source": 4} | ({"step city": 8, "finished": 0} if number else {})
        tallies.keep(day, took, NOON, sender=(str(number), str(number)))

    funnel = insights.funnel(questionnaire, day, day)

    assert [(bar.key, bar.count, bar.seconds) for bar in funnel][:3] == [
        ("started", 3, None), ("source", 3, 4), ("city", 2, 8)
    ]  # fmt: skip
    assert insights.loses_most(funnel).key == "name"


@pytest.mark.parametrize(
    ("used", "half"), [([5], 1), ([1, 1, 1, 1], 2), ([1, 0, 0, 9], 4)], ids=["at once", "even", "late"]
)
def test_half_of_the_coupons_are_used_within(used, half):
    assert insights.half_within([Bar(str(day), count) for day, count in enumerate(used)]) == half


def test_the_span_before_is_as_long():
    assert figures.before(date(2026, 11, 1), date(2026, 11, 30)) == (date(2026, 10, 2), date(2026, 10, 31))


def test_the_page_says_what_its_pictures_mean(manager, customer_at_tablet):
    for number in range(22):
        customer_at_tablet.sign_up(source="friend" if number else "window", city="Oslo", phone=f"09170000{number:03}")

    page = manager.visit("/office/insights")

    assert "Most: Friend or family, 21 of 22." in page.text
    assert "Others, fewer than 5 each" in page.text


def test_what_discounts_cost_is_said_beside_the_sales_and_for_each_who_came_three_times(app, manager):
    with app.app_context():
        demo.fill(400, now(), years=1)
        paid = "FROM visit JOIN redemption ON visit_id = visit.id WHERE undone_at IS NULL"
        off, spent, regulars = (
            db.session.scalar(db.text(f"SELECT {query}"))
            for query in (f"sum(discount) {paid}", "sum(amount) FROM visit", "count(*) FROM customer WHERE visits > 2")
        )

    page = manager.visit(f"/office/insights?from={now() - timedelta(days=500):%Y-%m-%d}").text

    assert f"for each who came three times: {round(off / regulars / 100, 2):.2f}"[:-3] in page.replace("₱", "")
    assert f"{100 * off / spent:.1f}".removesuffix(".0") + "% of what they spent" in page


def test_an_empty_shop_has_a_page_of_insights(manager, cashier):
    assert "Nothing in these days yet." in manager.visit("/office/insights?from=2020-01-01&to=2020-02-01").text
    assert cashier.browser.get("/office/insights").status_code == 403
    manager.visit("/office/insights?from=x", 422)


def test_a_purchase_undone_is_in_no_figure(in_shop):
    by, day = at_till(), NOON.astimezone(UTC).date()
    visit, _ = visits.record(a_coupon().customer, new_id(), NOON, by=by, purchase=Purchase(100_00))
    corrections.undo_visit(visit.id, new_id(), NOON, by=by, reason="")

    found = figures.of(day - timedelta(1), day + timedelta(1))

    assert (found.visits, found.spent, found.average) == (0, 0, None)


def test_a_purchase_whose_amount_nobody_entered_makes_no_average_smaller(in_shop):
    for amount, what in ((300_00, ""), (None, "Haircut")):
        bought = Purchase(amount, what)
        visits.record(a_coupon().customer, new_id(), NOON, by=at_till(label=what or "2"), purchase=bought)

    found = figures.of(LAST - timedelta(30), LAST + timedelta(30))

    assert (found.visits, found.average, found.average_with_coupon) == (2, 300_00, None)
