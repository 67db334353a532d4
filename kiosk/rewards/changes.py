"""How the shop changes what it offers: a new offer, a further version of one, a stop, and the last change undone.

A coupon that was given keeps what its own version promised, whatever comes after.
"""

from datetime import datetime

from sqlalchemy import select

from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes
from kiosk.coupons import offers
from kiosk.guard import audit
from kiosk.models import Coupon, Offer, Series, StaffSession
from kiosk.rewards import giving
from kiosk.shop import shop


def save(said: dict, at: datetime, *, by: StaffSession, purpose: str, **place) -> Offer:
    """Store an offer (columns of Offer) as a further version of a series, or as the first one of a new series, of which
    those who are customers already can have a coupon, too. Of a reward there is one series a purpose, and one a
    holiday. What customers have earned up to now they get first. `version` is the one it was made from, 0 for the
    offer that every shop begins with.

    Raises Refusal `changed_meanwhile` when that is not the newest any more, or there is no such series.
    """
    if purpose == "stamps":
        giving.give_due(at)
    return _save(said, at, by, purpose, **place)


@writes
def _save(said, at, by, purpose, series: int | None = None, version: int | None = None) -> Offer:
    alone("offers")
    first = offers.add_first()
    if series is None and version is None:
        series = _series_of(purpose, said.get("rule"))
    version = first.id if 0 in (series, version) else version
    before = offers.newest(series, version)
    is_gone = before is None and (series or version)
    if is_gone or (version and version != before.id):
        raise Refusal("changed_meanwhile")
    offer = Offer(series=before.series if before else Series(purpose=purpose, created_at=at), created_at=at, **said)
    db.session.add(offer)
    db.session.flush()
    _note("offer", offer, at, by, [before and offers.summary(before), offers.summary(offer)])
    return offer


def _series_of(purpose: str, rule: dict | None) -> int | None:
    """The series of that reward, so that nobody gets it twice for one occasion."""
    known = [one for one in offers.listed() if rule and one.rule and one.series.purpose == purpose]
    return next((one.series_id for one in known if one.rule.get("day") == rule.get("day")), None)


def stop(offer_id: int, at: datetime, *, by: StaffSession) -> Offer | None:
    """Give no more coupons of the series of that version (0: of what every shop begins with), until there is a further
    one; coupons already given stay good, and what was earned is given first. None when there is no such offer."""
    named = offers.newest(version=offer_id)
    if named and named.series.purpose == "stamps":
        giving.give_due(at)
    return _stop(offer_id, at, by)


@writes
def _stop(offer_id: int, at: datetime, by: StaffSession) -> Offer | None:
    alone("offers")
    offer = offers.newest(version=offer_id or offers.add_first().id)
    if offer and not offer.stopped_at:
        offer.stopped_at = at
        _note("offer_stop", offer, at, by, offers.summary(offer))
    return offer


@writes
def undo(offer_id: int, at: datetime, *, by: StaffSession) -> None:
    """Take back the last thing that was done to an offer: it is given again, or the version before is in force.

    Raises Refusal `changed_meanwhile` when that is not its newest version, `used_meanwhile` when somebody has a coupon
    of that version already.
    """
    alone("offers")
    offer = db.session.get(Offer, offer_id)
    if offer and offer.undone_at:
        return
    if offer is None or offers.newest(offer.series_id) is not offer:
        raise Refusal("changed_meanwhile")
    if offer.stopped_at:
        offer.stopped_at = None
    elif _was_given(offer):
        raise Refusal("used_meanwhile")
    else:
        offer.undone_at = at
    _note("offer_undo", offer, at, by, offers.summary(offer))


def _was_given(offer: Offer) -> bool:
    return db.session.scalar(select(Coupon.id).where(Coupon.offer_id == offer.id).limit(1)) is not None


def last(listed: list[Offer], at: datetime) -> Offer | None:
    """The offer that was changed last, if that was today and can be undone."""
    changed = [one for one in listed if one.id and shop.current().day_of(_changed_at(one)) == shop.current().day_of(at)]
    newest = max(changed, key=lambda one: (_changed_at(one), one.id), default=None)
    return newest if newest and (newest.stopped_at or not _was_given(newest)) else None


def _changed_at(offer: Offer) -> datetime:
    return offer.stopped_at or offer.created_at


def _note(action: str, offer: Offer, at: datetime, by: StaffSession, said: str | list) -> None:
    audit.add_note(action, at, by=by, object_id=offer.id, details={"offer": said})
