"""Forgetting a customer: everything personal goes, down to the bytes on the disk; what was bought still counts.

Which cards were forgotten is kept in the file `forgotten` beside the database, as keyed hashes, so that a backup that
is restored forgets those customers again.
"""

import hmac
import shutil
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.schema import DropSchema

from kiosk import models
from kiosk.base import outside
from kiosk.base.clock import is_within
from kiosk.base.database import db, execute, in_pieces, is_sqlite, known
from kiosk.base.refusals import Refusal
from kiosk.base.writing import alone, writes, writing
from kiosk.guard import audit
from kiosk.models import Coupon, Customer, Setting, StaffSession, Undo
from kiosk.signups import submissions

LIST = "forgotten"
READ = "forgotten_read"  # the setting that says how much of the list this database has heeded
COPIES = "before restore *"  # folders, and on PostgreSQL schemas, with the data of before a restore
TAKEN_BACK_WITHIN = timedelta(minutes=10)
NOBODYS = {  # rows that stay, and which of their columns are emptied besides the customer
    Coupon: ("code", "token"), models.Visit: ("what", "reason"), models.Feedback: ("comment",), models.Reward: (),
    models.Message: ("text",),
}  # fmt: skip


def forget(customer_id: int, at: datetime, *, by: StaffSession | None) -> None:
    """Remove everything personal of a customer, and of those who were merged into this one. Visits, redemptions,
    coupons and signups stay, as nobody's, so that every sum stays. An unspent coupon is void.

    `by` is None when the customer asked for it on her own phone, or it was due. What was kept from before a restore is
    removed as well. Raises Refusal `unknown`.
    """
    forget_all([known(Customer, customer_id).canonical.id], at, by=by)


def forget_all(customer_ids: list[int], at: datetime, *, by: StaffSession | None) -> None:
    """Forget several customers, none of whom was merged into another, in one transaction."""
    hers = or_(Customer.id.in_(customer_ids), Customer.merged_into_id.in_(customer_ids))
    rows = db.session.execute(select(Customer.id, Customer.card_number).where(hers)).all()
    outside.add(LIST, *(_hash(row.card_number) for row in rows))  # what is cut off here is done at the next start
    _forget([row.id for row in rows], at, by)
    leave_no_bytes()


def take_back(made: models.Signup | None, at: datetime, *, by: StaffSession) -> None:
    """Take back a sign-up that staff typed in wrongly: forget the customer it made, and let its paper be typed again.

    Raises Refusal `too_late` after ten minutes, when it made no customer, or once anything else has happened to her.
    """
    is_new = made and made.is_first and is_within(TAKEN_BACK_WITHIN, made.finished_at, at)
    if not is_new or _has_more(made.customer_id):
        raise Refusal("too_late")
    customer_id = made.customer_id
    with writing():
        db.session.execute(update(models.Signup).where(models.Signup.id == made.id).values(form_number=None))
    forget(customer_id, at, by=by)


def _has_more(customer_id: int) -> bool:
    """Whether there is more of a customer than one sign-up and its unspent coupon."""
    counts = [(models.Signup, 1), (Coupon, 1), (models.Visit, 0), (models.Note, 0), (models.Submission, 0)]
    return any(
        db.session.scalar(select(func.count()).where(model.customer_id == customer_id)) > usual
        for model, usual in counts
    )


def forget_again(at: datetime) -> int:
    """Forget again everybody on the list who is in the database, as after a restore; gives back how many. To be called
    before a shop is served."""
    lines, read = outside.lines_of(LIST), db.session.get(Setting, READ)
    if len(lines) == (read.value if read else 0):
        return 0
    listed, found = set(lines), []
    for some in in_pieces(select(Customer.id, Customer.card_number), Customer.id):
        found += [row.id for row in some if _hash(row.card_number) in listed]
    _forget(found, at, None)
    leave_no_bytes()
    return len(found)


def _hash(card_number: str) -> str:
    return hmac.digest(current_app.secret_key, f"card {card_number}".encode(), "sha256").hex()


@writes
def _forget(ids: list[int], at: datetime, by: StaffSession | None) -> None:
    for customer_id in ids:
        alone(f"visits of {customer_id}")
    coupons = select(Coupon.id).where(Coupon.customer_id.in_(ids))
    redemptions = select(models.Redemption.id).where(models.Redemption.coupon_id.in_(coupons))
    counts = [f"opened {number}" for number in db.session.scalars(coupons)]
    counts += [f"{what} {customer_id}" for what in ("wrong answer of", "corrections by") for customer_id in ids]
    execute(update(Undo).where(Undo.redemption_id.in_(redemptions)).values(reason=None))
    unspent = Coupon.customer_id.in_(ids) & Coupon.spent_at.is_(None) & Coupon.voided_at.is_(None)
    execute(update(Coupon).where(unspent).values(voided_at=at))
    execute(update(models.Referral).where(models.Referral.friend_id.in_(ids)).values(friend_id=None))
    for model, words in NOBODYS.items():
        emptied = dict.fromkeys(("customer_id", *words))
        execute(update(model).where(model.customer_id.in_(ids)).values(emptied))
    customers = db.session.scalars(select(Customer).where(Customer.id.in_(ids)))
    execute(delete(models.Submission).where(submissions.of(customers)))
    for model in (models.Answer, models.Consent, models.Note, models.NameWord, models.Opening, models.Referral):
        execute(delete(model).where(model.customer_id.in_(ids)))
    execute(update(models.Signup).where(models.Signup.customer_id.in_(ids)).values(customer_id=None, digest=""))
    execute(delete(models.Merge).where(or_(models.Merge.kept_id.in_(ids), models.Merge.other_id.in_(ids))))
    execute(delete(models.Counter).where(models.Counter.name.in_(counts)))
    execute(delete(Customer).where(Customer.id.in_(ids), Customer.merged_into_id.is_not(None)))
    execute(delete(Customer).where(Customer.id.in_(ids)))
    db.session.merge(Setting(name=READ, value=len(outside.lines_of(LIST))))
    for customer_id in ids:
        audit.add_note("forget", at, by=by, object_id=customer_id)


def leave_no_bytes() -> None:
    """Empty what still holds the old rows: the write-ahead log, and the copies from before a restore."""
    db.session.expire_all()
    for folder in outside.file_of(LIST).parent.glob(COPIES):
        shutil.rmtree(folder)
    if not is_sqlite():
        _drop_copies()
    else:
        with db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@writes
def _drop_copies() -> None:
    pattern = COPIES.replace("*", "%")
    schemas = db.session.execute(db.text("SELECT nspname FROM pg_namespace WHERE nspname LIKE :it"), {"it": pattern})
    for schema in schemas.scalars().all():
        db.session.execute(DropSchema(schema, cascade=True))
