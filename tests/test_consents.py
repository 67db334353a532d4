"""What was agreed to: the sentence that is shown is the one that is stored, and a yes is confirmed or is not."""

import re
from datetime import timedelta

import pytest
from people import Customer as Visitor
from shop import NOON, a_phone, at_till, new_id, signed_up

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.models import Consent, Customer
from kiosk.reports import exports
from kiosk.shop import shop


def shown(page, box) -> str:
    """The sentence beside the box of that name, as a person reads it."""
    label = re.search(rf'<input[^>]*name="{box}".*?option__text">(.*?)(<small|</span>)', page.html, re.DOTALL)[1]
    return " ".join(label.split())


@pytest.mark.parametrize("language", ["en", "fil", "nb", "ru"])
@pytest.mark.parametrize(("path", "send"), [("/", "/signups"), ("/join", "/join")])
def test_what_is_shown_beside_a_box_is_what_is_stored(shop_with, language, path, send):
    app = shop_with(KIOSK_COUNTRY="RU", KIOSK_PUBLIC_URL="https://shop.example")
    customer, boxes = Visitor(app), ["consent_sms", "consent_email", "consent_processing"]
    with app.app_context(), writing():
        shop.describe(name="Perla")
    page = customer.visit(f"{path}?language={language}")

    customer.post(send, operation_id=new_id(), language=language, phone="+639171234567", email="ana@example.com",
                  **dict.fromkeys(boxes, "yes"))  # fmt: skip

    with app.app_context():
        stored = {f"consent_{one.purpose}": (one.wording, one.language) for one in db.session.query(Consent)}
    assert stored == {box: (shown(page, box), language) for box in boxes}


def decisions() -> list[str]:
    """What the list of sign-ups says of texts, one a line."""
    decided = db.session.query(exports._last_decision("sms")).select_from(Customer)
    return sorted(decision for (decision,) in decided)


def redeem(coupon):
    coupons.redeem(coupon.code, new_id(), NOON + timedelta(hours=1), by=at_till())


def test_a_yes_given_at_the_tablet_is_not_confirmed_by_itself(in_shop):
    signed_up(consent_sms="yes")

    assert decisions() == ["unverified"]


def test_who_comes_with_the_coupon_confirms_her_yes(in_shop):
    redeem(signed_up(consent_sms="yes").coupon)

    assert decisions() == ["yes"]


def test_a_strangers_yes_is_not_confirmed_by_the_person_who_comes(in_shop):
    phone = a_phone()
    signed_up(phone=phone, consent_sms="yes")  # a stranger, who typed it

    redeem(signed_up(phone=phone).coupon)  # she herself, who ticked nothing

    assert decisions() == ["unverified"]


def test_a_yes_added_to_somebody_known_is_not_confirmed(in_shop):
    phone = a_phone()
    coupon = signed_up(phone=phone).coupon
    signed_up(phone=phone, consent_sms="yes")
    redeem(coupon)

    assert decisions() == ["unverified"]


def test_what_staff_were_told_is_confirmed(in_shop):
    customer = signed_up(consent_sms="yes").coupon.customer
    with writing():
        consents_of_staff = {"wording": "Asked on the telephone", "wording_hash": "", "notice_hash": ""}
        db.session.add(Consent(customer=customer, purpose="sms", decision="yes", is_verified=True, language="en",
                               method="telephone", decided_at=NOON, **consents_of_staff))  # fmt: skip

    assert decisions() == ["yes"]


def test_a_no_needs_no_confirming(in_shop):
    signed_up()

    assert decisions() == ["no"]


@pytest.mark.parametrize("purpose", ["sms", "email", "processing"])
def test_a_yes_to_what_was_not_asked_is_none(in_shop, purpose):
    contact = {"email": "ana@example.org", "phone": ""} if purpose != "email" else {"phone": "0917 123 4567"}

    customer = signed_up(**contact, **{f"consent_{purpose}": "yes"}).coupon.customer

    assert not (customer.may_sms or customer.may_email)
    assert db.session.query(Consent).filter_by(decision="yes").count() == 0
