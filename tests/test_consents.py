"""What was agreed to: the sentence that is shown is the one that is stored, and a yes is confirmed or is not."""

import re
from datetime import timedelta
from itertools import product

import pytest
from people import Customer as Visitor
from shop import NOON, a_phone, at_till, new_id, signed_up

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.models import Consent, Coupon, Customer
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


CONTACTS = {"sms": {"phone": "0917{:07}"}, "email": {"email": "ana{}@example.com"}}
MIXES = [*product(("", "sms", "email", "sms email"), ("", "sms", "email", "sms email"), ("", "partner"),
                  ("en", "fil", "nb", "ru"), ("/signups", "/join"))]  # fmt: skip


@pytest.mark.parametrize("country", ["PH", "RU"])
def test_whatever_mix_is_agreed_to_everybody_gets_a_coupon_and_nothing_else_is_stored(shop_with, country):
    app = shop_with(KIOSK_COUNTRY=country, KIOSK_PUBLIC_URL="https://shop.example")
    with app.app_context(), writing():
        shop.describe(partner="Rosa")
    visitor, needed, wrong = Visitor(app), {"processing": "yes"} if country == "RU" else {}, []
    for number, (ways, agreed, partner, language, path) in enumerate(MIXES):
        fields = {key: text.format(number) for way in ways.split() for key, text in CONTACTS[way].items()}
        if country == "RU" and "phone" in fields:
            fields["phone"] = f"+63{fields['phone'][1:]}"
        boxes = {f"consent_{purpose}": "yes" for purpose in (*agreed.split(), *partner.split(), *needed)}

        answer = visitor.post(path, operation_id=new_id(), language=language, **fields, **boxes)

        if not ways:  # nobody to give one to, whatever was agreed to
            assert answer.status_code == 422
            continue
        said = dict.fromkeys(ways.split(), "no") | dict.fromkeys({*ways.split()} & {*agreed.split()}, "yes")
        said |= needed | ({"partner Rosa": "yes"} if partner else {})
        with app.app_context():
            newest = db.session.query(Customer).order_by(Customer.id.desc()).first()
            stored = db.session.query(Consent).filter_by(customer_id=newest.id)
            kept = {one.purpose: one.decision for one in stored}
        is_given = answer.status_code == 201 and len(answer.json.get("code") or "") == 12
        wrong += [] if is_given and kept == said else [(ways, boxes, language, path, answer.json, kept)]
    assert wrong == []
    with app.app_context():
        assert db.session.query(Coupon).count() == db.session.query(Customer).count() == len(MIXES) * 3 // 4 == 192


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
