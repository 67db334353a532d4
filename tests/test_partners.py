"""Customers are made known to another shop only when they agreed to exactly that; and that shop checks the proof."""

import io
from datetime import timedelta

import pytest
from shop import NOON, at_till, signed_up

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.customers import copy, decisions, merging
from kiosk.imports import bringing, trial
from kiosk.models import Consent, Customer
from kiosk.reports import downloads, for_others
from kiosk.shop import shop

DAY, LATER = NOON.date(), NOON + timedelta(hours=1)


def named(other: str, name="Ana’s Salon") -> None:
    with writing():
        shop.describe(partner=other, name=name)


def exported(form="csv") -> bytes:
    return b"".join(downloads.start(for_others.agreed(DAY, DAY), form, "", by=None)[0])


def imported(data: bytes) -> list[tuple]:
    batch = trial.upload(io.BytesIO(data), LATER, by=None)
    said = [(one.kind, one.why) for one in trial.judged(batch)]
    bringing.bring(batch.id, LATER, by=None)
    return said


def test_nobody_is_asked_until_a_partner_is_named(customer_at_tablet, manager):
    assert "consent_partner" not in customer_at_tablet.visit("/").html
    customer_at_tablet.sign_up(consent_partner="yes", phone="09175550001")
    form = {name: manager.visit("/office/shop").field(name) for name in ("shop_name", "city")}

    manager.submit("/office/shop", 303, partner="Café Nina", **form)

    box = [one for one in customer_at_tablet.visit("/").all("input") if one["name"] == "consent_partner"]
    assert [one.get("checked") for one in box] == [None]
    customer_at_tablet.sign_up(consent_partner="yes", phone="09175550002")
    customer_at_tablet.sign_up(phone="09175550003")
    with manager.app.app_context():
        agreed = db.session.query(Consent).filter(Consent.purpose.not_in(("sms", "email"))).all()
        assert [(one.purpose, one.decision, one.customer.phone) for one in agreed] == [
            ("partner Café Nina", "yes", "+639175550002")
        ]
        assert "Café Nina" in agreed[0].wording


def test_only_who_agreed_to_exactly_this_partner_goes_along_and_the_ledger_says_so(in_shop):
    till = at_till()
    yes, other, withdrawn, unsure, _, merged = (
        signed_up(phone=f"0917555000{n}", name=f"P{n}").coupon.customer for n in range(6)
    )
    named("Another")
    decisions.decide(other.id, "partner Another", "yes", NOON, by=till)
    named("Café Nina")
    for one, decision in ((yes, "yes"), (withdrawn, "yes"), (withdrawn, "withdrawn"), (merged, "yes")):
        decisions.decide(one.id, "partner Café Nina", decision, NOON, by=till)
    merging.merge(yes.id, merged.id, NOON, by=till)
    decisions.decide(unsure.id, "partner Café Nina", "yes", NOON, by=None)

    rows = exported().decode().splitlines()[1:]

    assert [row.split(",")[:2] for row in rows] == [["P0", "+639175550000"]]
    given = db.session.query(Consent).filter_by(decision="given on").one()
    assert (given.customer_id, given.purpose) == (yes.id, "partner Café Nina")
    assert "were given to Café Nina" in given.wording
    assert [one["decision"] for one in copy.of(yes)["consent"]][-1] == "given on"
    assert len(exported().decode().splitlines()) == 2
    decisions.decide(yes.id, "partner Café Nina", "withdrawn", LATER, by=None)
    assert len(exported().decode().splitlines()) == 1


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_other_shop_takes_only_rows_whose_proof_fits(shop_with, form):
    with shop_with().app_context():
        named("Café Nina")
        customer = signed_up(phone="09175550001", email="ana@example.com", name="Ana").coupon.customer
        decisions.decide(customer.id, "partner Café Nina", "yes", NOON, by=at_till())
        data = exported(form)
        sentence = db.session.query(Consent).filter_by(decision="yes").one().wording

    with shop_with().app_context():
        named("", name="Another")
        assert [kind for kind, _ in imported(data)] == ["unusable"]
        named("", name="Café Nina")
        if form == "csv":
            for before, after in ((b"50001", b"50009"), (b"Ana,", b"Eva,")):
                (kind, why), *_ = imported(data.replace(before, after))
                assert (kind, "does not fit" in why[0]) == ("unusable", True)
        assert db.session.query(Customer).count() == 0

        assert imported(data) == [("new", [])]

        ana = db.session.query(Customer).one()
        said = {(one.purpose, one.wording, one.method) for one in db.session.query(Consent)}
        assert (ana.phone, ana.may_sms, ana.may_email, ana.may_call) == ("+639175550001", True, True, False)
        assert said == {("sms", sentence, "import"), ("email", sentence, "import")}


def test_her_page_says_it_and_one_tap_there_stops_it(manager, customer_at_tablet):
    with manager.app.app_context():
        named("Café Nina")
    customer_at_tablet.sign_up(phone="09175550001")
    manager.submit("/office/customers/1/consents", 303, purpose="partner Café Nina", decision="yes")

    assert manager.browser.get("/office/exports/partner.xlsx").status_code == 200

    assert "Passing on to Café Nina: given on" in manager.visit("/office/customers/1").text
    assert "were given to Café Nina" in manager.visit("/office/customers/1/copy").text
