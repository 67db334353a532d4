"""A shop that customers are shared with: only who agreed to exactly that goes along, and each one's ledger says so."""

import hashlib
from datetime import datetime

from flask_babel import force_locale, gettext
from sqlalchemy import Select, func, select

from kiosk.base.database import add_rows, db
from kiosk.base.writing import alone, writes
from kiosk.models import Consent, Customer
from kiosk.shop import shop
from kiosk.signups import consents

GIVEN_ON = "given on"  # a row of the ledger that is no decision


def _agreed() -> Select:
    """The query for the newest decision of everybody who agrees, so that it is certain, to the partner named now."""
    decided = select(func.max(Consent.id)).where(Consent.purpose == shop.current().partnership)
    newest = decided.where(Consent.decision != GIVEN_ON).group_by(Consent.customer_id)
    query = select(Customer, Consent).join(Consent, Consent.customer_id == Customer.id).where(Consent.id.in_(newest))
    return query.where(Consent.decision == "yes", consents.is_confirmed()).order_by(Customer.id)


@writes
def share(at: datetime) -> list[tuple]:
    """Keep in the ledger of every customer who agreed that her data was shared, and give that data back: name, number,
    email, language, for number and email when and to which sentence she agreed, and the proof."""
    alone("partner")
    here, given, ledger = shop.current(), [], []
    for customer, consent in db.session.execute(_agreed()).all():
        day = here.day_of(consent.decided_at).isoformat()
        who, said = (customer.name, customer.phone, customer.email), (day, consent.wording)
        given.append((*who, customer.language, *said, *said, proof(*who, *said)))
        with force_locale(customer.language):
            sentence = gettext("Name, mobile number and email were given to %(partner)s.", partner=here.partner)
        kept = {"customer_id": customer.id, "purpose": here.partnership, "decision": GIVEN_ON, "decided_at": at}
        kept |= {"method": "export", "is_verified": True, "language": customer.language, "notice_hash": ""}
        ledger.append(kept | {"signup_id": None, "staff_id": None} | consents.sentence(sentence))
    add_rows({Consent: ledger})
    return given


def proof(*row: str | None) -> str:
    """What shows that nothing of a row was changed since the other shop wrote it: a hash of who agreed, when and to
    what, in that order. It does not show who made the file; that has to be known."""
    return hashlib.sha256("\n".join(cell or "" for cell in row).encode()).hexdigest()[:32]
