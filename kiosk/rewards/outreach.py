"""Whom to tell today, of what, and what came of it; nobody too often, and nobody who did not agree.

A message is a row from the day it is listed. Whether it may be sent is asked when it is listed, when the list is read,
and once more when it is sent.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, null, or_, select
from sqlalchemy.orm import aliased, joinedload

from kiosk.base.database import db, known
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, with_rests, writes
from kiosk.customers import decisions, filters, search
from kiosk.customers.feedback import BAD
from kiosk.guard import audit
from kiosk.models import Consent, Coupon, Customer, Feedback, Message, Reward, Series, StaffSession
from kiosk.models.customers import NOT_MERGED
from kiosk.rewards import texts
from kiosk.shop import shop
from kiosk.signups import consents

CHANNELS = {"sms": Customer.phone, "email": Customer.email, "call": Customer.phone}
REACHED = ("sent", "no_answer")  # outcomes that count as a message
BY_HAND = (*REACHED, "never")
MONTH, BAD_FOR, LISTED_FOR = timedelta(days=31), timedelta(days=30), timedelta(days=14)
CHUNK = 50  # messages a transaction
Other = aliased(Message)


def agreed(channel: str) -> ColumnElement[bool]:
    """That she agreed to that channel and can be reached by it. Her newest answer has to be her own as far as is known,
    and not that of somebody who typed her number later."""
    is_hers = consents.of_newest(Consent.is_verified, channel)
    return and_(getattr(Customer, f"may_{channel}"), CHANNELS[channel].is_not(None), is_hers)


def limits(at: datetime) -> dict[str, ColumnElement[bool]]:
    """What has to be true of a customer before anything is said to her, by the word of its refusal."""
    here = shop.current()
    had = select(func.count(Other.id)).where(Other.customer_id == Customer.id, Other.outcome.in_(REACHED))
    bad = exists().where(
        Feedback.customer_id == Customer.id, Feedback.stars <= BAD, Feedback.settled_at.is_(None),
        Feedback.given_at > at - BAD_FOR,
    )  # fmt: skip
    return {
        "resting": had.where(Other.done_at > at - timedelta(days=here.rest_days)).scalar_subquery() == 0,
        "too_many": had.where(Other.done_at > at - MONTH).scalar_subquery() < here.messages_a_month,
        "look_first": ~bad,
    }


def _checks(at: datetime) -> dict[str, ColumnElement[bool]]:
    """The same of a message that is listed."""
    by_channel = (and_(Message.channel == channel, agreed(channel)) for channel in CHANNELS)
    is_good = or_(Message.reward_id.is_(None), and_(*_still_good(at)))
    return {"withdrawn": or_(*by_channel), "ended": and_(NOT_MERGED, is_good)} | limits(at)


def _still_good(at: datetime) -> Iterator[ColumnElement[bool]]:
    """That there is still something to tell of a reward: its coupon is unspent, and who was missed has not come."""
    yield from filters.good_now(at)
    yield from (~Reward.held_out, Reward.held_back.is_(None))
    is_back = and_(Series.purpose == "win_back", Customer.last_visit_at > Reward.made_at)
    yield func.coalesce(is_back, False).is_(False)


def is_quiet(at: datetime) -> bool:
    """Whether it is too late, or too early, to write to anybody."""
    here = shop.current()
    clock, start, end = f"{here.time_of(at):%H:%M}", here.quiet_from, here.quiet_until
    return start <= clock < end if start <= end else clock >= start or clock < end


# Listing


def list_due(at: datetime, *, first: str = "sms") -> int:
    """List a message for each reward of which the customer was not told, in pieces; gives back how many. `first` is the
    channel that is taken where she agreed to several."""
    query = select(Customer, Reward).join_from(Reward, Series).join(Customer, Customer.id == Reward.customer_id)
    query = query.join(Coupon, Coupon.id == Reward.coupon_id).where(Series.purpose.in_(texts.PURPOSES))
    query = query.where(~exists().where(Other.reward_id == Reward.id), *_still_good(at))
    channels = sorted(CHANNELS, key=lambda channel: channel != first)
    return _list_all(query.order_by(Reward.due_on, Reward.id), channels, at)


def news(written: Mapping[str, str], asked: filters.Filters, at: datetime, *, by: StaffSession) -> int:
    """List one message for each of the customers who are meant and may be written to, in pieces; gives back how many.
    `written` are its texts by language, the first of them for who reads none of the others. Sent twice, nobody is
    listed twice. Raises Invalid."""
    query = select(Customer, null()).where(*filters.conditions(asked, at)).order_by(Customer.id)
    count = _list_all(query, list(CHANNELS), at, written)
    audit.note("news", at, by=by, details={"rows": count})
    return count


def count_for_news(asked: filters.Filters, at: datetime) -> int:
    """How many of the customers who are meant may be written to now."""
    query = select(func.count(Customer.id)).where(*filters.conditions(asked, at), *_free(at))
    return db.session.scalar(query)


def _free(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a customer may be written to, by any channel, and nothing is listed for her already."""
    since = shop.current().day_of(at - LISTED_FOR)
    waits = exists().where(Other.customer_id == Customer.id, Other.done_at.is_(None), Other.listed_on >= since)
    return (NOT_MERGED, or_(*map(agreed, CHANNELS)), ~waits, *limits(at).values())


def _list_all(query: Select, channels: list[str], at: datetime, written: Mapping[str, str] | None = None) -> int:
    """List the customers of a query, each once, by the first channel that is agreed to."""
    count = 0
    for ids in search.stretches():
        asked = query.with_only_columns(Customer.id).where(Customer.id.in_(ids), *_free(at))
        free = list(dict.fromkeys(db.session.scalars(asked)))
        for start in with_rests(range(0, len(free), CHUNK)):
            hers = Customer.id.in_(free[start : start + CHUNK])
            count += _list_some(query.where(hers), channels, at, written)
    return count


@writes
def _list_some(query: Select, channels: list[str], at: datetime, written: Mapping[str, str] | None) -> int:
    alone("outreach")
    rows = db.session.execute(query.add_columns(*map(agreed, channels)).where(*_free(at))).all()
    firsts = {}
    for customer, reward, *may in rows:
        firsts.setdefault(customer.id, (customer, reward, may))
    for customer, reward, may in firsts.values():
        channel, code = channels[may.index(True)], customer.language
        purpose, coupon = (reward.series.purpose, reward.coupon) if reward else ("news", None)
        text = texts.all_of(code)[purpose] if reward else written.get(code) or next(iter(written.values()))
        db.session.add(Message(
            customer_id=customer.id, reward_id=reward and reward.id, purpose=purpose, channel=channel, language=code,
            text=texts.fill(text, customer, coupon, channel), listed_on=shop.current().day_of(at),
        ))  # fmt: skip
    return len(firsts)


# Reading


def waiting(at: datetime, *which: ColumnElement[bool], most: int = 500) -> list[Message]:
    """The messages that may be sent outside the quiet hours, of which the conditions are true, the oldest first."""
    since = shop.current().day_of(at - LISTED_FOR)
    query = _listed().where(Message.done_at.is_(None), Message.listed_on >= since, *_checks(at).values(), *which)
    query = query.options(joinedload(Message.customer), joinedload(Message.reward))
    return list(db.session.scalars(query.order_by(Message.listed_on, Message.id).limit(most)))


def _listed(*what) -> Select:
    """Messages, with what is asked about them."""
    query = select(*what or (Message,)).join_from(Message, Customer, Customer.id == Message.customer_id)
    query = query.outerjoin(Reward, Reward.id == Message.reward_id).outerjoin(Series, Series.id == Reward.series_id)
    return query.outerjoin(Coupon, Coupon.id == Reward.coupon_id)


def done_on(day: date) -> list[Message]:
    """The messages of which somebody said on that shop day what came of them, the newest first."""
    start, end = shop.current().span(day, day)
    query = select(Message).where(Message.done_at >= start, Message.done_at < end)
    return list(db.session.scalars(query.options(joinedload(Message.customer)).order_by(Message.done_at.desc())))


def ready(message_id: int, at: datetime) -> Message:
    """The message, if it may be sent now.

    Raises Refusal `unknown`, `done`, `withdrawn`, `ended`, `resting`, `too_many`, `look_first`; `quiet` at night.
    """
    message = _hers(message_id)
    _refuse_unless_allowed(message, at)
    if is_quiet(at):
        raise Refusal("quiet")
    return message


def _hers(message_id: int) -> Message:
    message = known(Message, message_id)
    if message.customer_id is None:
        raise Refusal("unknown")
    return message


def _refuse_unless_allowed(message: Message, at: datetime) -> None:
    if message.done_at:
        raise Refusal("done")
    checks = _checks(at)
    says = db.session.execute(_listed(*checks.values()).where(Message.id == message.id)).one()
    if wrong := [word for word, is_so in zip(checks, says, strict=True) if not is_so]:
        raise Refusal(wrong[0])


# What came of it


def record(message_id: int, outcome: str, at: datetime, *, by: StaffSession | None) -> Message:
    """Keep what came of a message, once: `sent` or `no_answer`, which count as one that she had, or `never`: she wants
    no more messages, and all that she agreed to is withdrawn at once.

    The same again changes nothing. Raises the Refusals of `ready` but `quiet`: it was sent before that is recorded.
    """
    if outcome == "never":
        decisions.stop(_hers(message_id).customer, at, by=by)
    return _record(message_id, outcome, at, by)


@writes
def _record(message_id: int, outcome: str, at: datetime, by: StaffSession | None) -> Message:
    alone("outreach")
    message = _hers(message_id)
    if message.done_at and outcome in (message.outcome, "never"):
        return message
    if outcome in REACHED:
        _refuse_unless_allowed(message, at)
    message.outcome, message.done_at, message.staff_id = outcome, at, by and by.staff_id
    return message


@writes
def note_failure(message_id: int, outcome: str, at: datetime) -> None:
    """Note that an email was not delivered after all: `failed`, or `bounced`."""
    message = _hers(message_id)
    message.outcome, message.done_at = outcome, at
