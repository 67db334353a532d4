"""The customers on paper: everybody who was chosen, in alphabetical order, and noted as an export."""

import pytest
from shop import NOON, signed_up

from kiosk.base.database import db
from kiosk.base.refusals import Invalid
from kiosk.models import Audit
from kiosk.reports import cards, exports

DAY = NOON.date()


def test_cards_are_in_the_alphabetical_order_of_each_script_and_nobody_is_missing(in_shop):
    for name in ("Øystein", "Юлия", "jose", "Zoe", "Алёна", "Ana", "Åse", "José B", "Ærlend", ""):
        signed_up(name=name)

    found = cards.in_order(exports.cards(DAY, DAY))

    in_order = ["Ana", "jose", "José B", "Zoe", "Ærlend", "Øystein", "Åse", "Алёна", "Юлия"]
    assert [card["Name"] or "" for card in found] == [*in_order, ""]


def test_too_many_cards_are_refused_with_what_to_do(in_shop, monkeypatch):
    monkeypatch.setattr(cards, "MOST", 1)
    signed_up(), signed_up()

    with pytest.raises(Invalid, match="cards"):
        cards.in_order(exports.cards(DAY, DAY))


def test_the_page_of_customers_says_that_these_are_too_many(app, manager, monkeypatch):
    monkeypatch.setattr(cards, "MOST", 0)
    with app.app_context():
        signed_up(city="Cebu")

    page = manager.visit(f"/office/customers/cards?from=1970-01-01&to={DAY}&town=Cebu", 422)

    assert "Choose fewer with the filters" in page.text and "1 customer" in page.text


def test_the_chosen_customers_are_printed_for_a_reason_that_the_log_keeps(app, manager, cashier):
    with app.app_context():
        signed_up(name="Zoe", city="Cebu"), signed_up(name="Ana", city="Pasig")
    asked = f"/office/customers/cards?from=1970-01-01&to={DAY}&town=Cebu&reason=moving"

    page = manager.visit(asked)

    assert "Zoe" in page.text and "Ana" not in page.text.replace(manager.name, "")
    with app.app_context():
        begun, ended = db.session.query(Audit).order_by(Audit.id.desc()).limit(2).all()[::-1]
        assert (begun.action, begun.details) == ("export_begin", {"reason": "moving"})
        assert (ended.action, ended.outcome, ended.details["rows"]) == ("export", "done", 1)
    assert "Cards" in manager.visit(f"{asked}&language=nb").text  # of whom that is the language; the page's is ours
    assert cashier.browser.get(asked).status_code == 403
