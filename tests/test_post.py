"""Emails by the shop's own account: who gets one, what is in it, and what is noted when it does not arrive."""

import re
import socket
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from people import Person
from shop import NOON, on_sqlite_only
from test_outreach import a_customer, a_reward

from kiosk import config
from kiosk.base.database import db
from kiosk.customers import decisions
from kiosk.models import Customer, Message
from kiosk.rewards import outreach, post

PUBLIC = "https://shop.example"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Mailbox:
    """A mail server that keeps what it gets, and knows no `gone`."""

    def __init__(self):
        self.got, self.passwords = [], []

    def signs_in(self, server, session, envelope, mechanism, given):
        self.passwords.append(given.password)
        return AuthResult(success=True)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.got.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture(scope="module")
def mail():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=port, authenticator=box.signs_in, auth_require_tls=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def by_mail(shop_with, mail):
    mail.handler.got.clear()
    url = f"smtp://127.0.0.1:{mail.port}?from=hello@shop.example"
    with time_machine.travel(NOON, tick=False):
        yield shop_with(KIOSK_SMTP_URL=url, KIOSK_PUBLIC_URL=PUBLIC)


def listed(*names, **fields) -> list[int]:
    for name in names:
        said = {"name": name, "phone": "", "email": f"{name.lower()}@shop.example", "consent_email": "yes"}
        a_reward(a_customer(**said | fields))
    outreach.list_due(NOON, first="email")
    return [one.id for one in outreach.waiting(NOON)]


@on_sqlite_only
def test_emails_are_sent_once_to_who_still_may_get_one(by_mail, mail):
    with by_mail.app_context():
        kari, _, _, _ = listed("Kari", "Gone", "Liza", "Ana", language="nb")
        liza, ana = (db.session.query(Customer).filter_by(name=name).one() for name in ("Liza", "Ana"))
        decisions.decide(liza.id, "email", "withdrawn", NOON, by=None)
        with time_machine.travel(NOON + timedelta(hours=9), tick=False):
            assert post.send_due() == 0  # at night

        assert (post.send_due(), post.send_due()) == (2, 0)

        outcomes = {one.customer.name: one.outcome for one in db.session.query(Message)}
        assert outcomes == {"Kari": "sent", "Gone": "bounced", "Liza": None, "Ana": "sent"}
        token = db.session.get(Message, kari).reward.coupon.token
    (to, email), (to_ana, _) = mail.handler.got
    assert (to, to_ana) == (["kari@shop.example"], [ana.email])
    assert (email["From"], email["To"]) == ("Butikken min <hello@shop.example>", "kari@shop.example")
    assert email["Subject"] == "15\xa0% rabatt – Butikken min"
    assert email["List-Unsubscribe"] == f"<{PUBLIC}/c/{token}/stop>"
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (
        email.get_content().startswith("Gratulerer med dagen, Kari!") and f"{PUBLIC}/c/{token}" in email.get_content()
    )


@on_sqlite_only
def test_one_click_of_a_mail_program_stops_messages_and_nothing_else_does_without_a_token(by_mail, mail):
    with by_mail.app_context():
        listed("Kari")
        post.send_due()
        path = re.search("/c/.*/stop", mail.handler.got[0][1]["List-Unsubscribe"])[0]
    phone = Person(by_mail)

    def may() -> bool:
        with by_mail.app_context():
            return db.session.query(Customer.may_email).scalar()

    assert phone.browser.get(path).status_code == 303 and may()  # a scanner of links only looks
    assert phone.browser.post(path).status_code == 400 and may()
    foreign = {"headers": {"Origin": "https://evil.example"}}
    assert phone.browser.post(path, data=ONE_CLICK, **foreign).status_code == 403 and may()
    answer = phone.browser.post(path, data=ONE_CLICK)
    assert (answer.status_code, answer.data, may()) == (200, b"", False)
    assert phone.browser.post(path.replace("stop", "kept"), data=ONE_CLICK).status_code == 400


@on_sqlite_only
def test_emails_wait_while_no_server_answers_and_no_password_is_sent_in_the_clear(by_mail, mail, monkeypatch):
    with by_mail.app_context():
        listed("Kari")
        for url in ("smtp://127.0.0.1:1?from=a@shop.example", f"smtp://a%40shop.example:secret@127.0.0.1:{mail.port}"):
            by_mail.config["KIOSK_SMTP_URL"] = url
            monkeypatch.setattr(post, "HERE", ())
            assert post.send_due() == 0
        assert db.session.query(Message.outcome).scalar() is None and mail.handler.passwords == mail.handler.got == []
        monkeypatch.undo()
        assert post.send_due() == 1 and mail.handler.passwords == [b"secret"]  # on this machine it may


def test_the_account_is_checked_when_suki_starts(tmp_path):
    known = {"KIOSK_INSTANCE": str(tmp_path)}
    good = ("smtps://me%40shop.example:password@mail.example", "smtp://localhost:25?from=me@shop.example")
    bad = ("smtp://mail.example", "smtps://me@mail.example", "http://mail.example?from=me@shop.example")

    assert [config.load(known | {"KIOSK_SMTP_URL": one})["KIOSK_SMTP_URL"] for one in good] == [*good]
    for one in bad:
        with pytest.raises(config.BadSetting):
            config.load(known | {"KIOSK_SMTP_URL": one})
