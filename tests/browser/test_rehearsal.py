"""The rehearsal, as an owner does it: a practice shop beside the real one, in the same browser."""

import threading
from types import SimpleNamespace

import pytest
import waitress
from people import Customer, Person
from pictures import keep
from playwright.sync_api import expect
from screens import violations
from shop import new_id
from test_journey import set_up

from kiosk import practice
from kiosk.base.clock import now
from kiosk.base.writing import writing
from kiosk.staff import devices


@pytest.fixture
def rehearsal(serve):
    real = serve()
    with practice.opened(real.app) as (app, passphrase):
        server = waitress.create_server(app, host="127.0.0.1", port=0, threads=4)
        threading.Thread(target=server.run, daemon=True).start()
        url = f"http://127.0.0.1:{server.effective_port}"
        yield SimpleNamespace(app=app, passphrase=passphrase, url=url, real=real)
        server.close()


def try_the_line(rehearsal) -> None:
    """From the tablet to the redemption, on other devices."""
    customer, cashier = Customer(rehearsal.app), Person(rehearsal.app)
    with rehearsal.app.app_context(), writing():
        customer.browser.set_cookie("practice-device", devices.add_device("tablet", "", now())[1])
    cashier.post("/sign-in", json=False, name=practice.NAME, passphrase=rehearsal.passphrase)
    cashier.token = None
    code = customer.sign_up().json["code"]
    cashier.post("/till/lookups", q=code, q_keys=code, by_scanner="yes")
    assert cashier.post("/till/redemptions", code=code, operation_id=new_id()).status_code == 201


def test_an_owner_rehearses_and_the_real_shop_stays_open_in_the_same_browser(rehearsal, at_desk):
    office = at_desk()
    set_up(office, rehearsal.real.set_up_link())

    office.goto(f"{rehearsal.url}/office/rehearsal")
    office.get_by_label("Name").fill(practice.NAME)
    office.get_by_label("Passphrase").fill(rehearsal.passphrase)
    office.get_by_role("button", name="Sign in").click()
    expect(office.get_by_role("heading", name="Practice")).to_be_visible()
    expect(office.locator(".pill--ok")).to_have_count(0)
    try_the_line(rehearsal)

    expect(office.locator(".pill--ok")).to_have_count(5)  # the page has seen it by itself
    assert violations(office) == []
    keep(office, "office-rehearsal")
    office.goto(f"{rehearsal.url}/")
    expect(office.get_by_text("Practice: nothing here counts")).to_be_visible()
    assert violations(office) == []
    office.goto(f"{rehearsal.real.url}/office")
    expect(office.get_by_role("heading", name="Today")).to_be_visible()
    expect(office.get_by_text("Practice: nothing here counts")).to_have_count(0)
