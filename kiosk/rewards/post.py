"""Sending the day's emails by the shop's own mail account, where it has one."""

import logging
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from kiosk.base import clock
from kiosk.base.database import db
from kiosk.base.refusals import Refusal
from kiosk.coupons import offers
from kiosk.models import Coupon, Message
from kiosk.rewards import outreach, texts
from kiosk.shop import shop

PATIENCE = 20  # s, with the mail server
HERE = ("localhost", "127.0.0.1", "::1")  # where a password may go without encryption


class NotEncrypted(OSError):
    """The mail server would get the password in the clear."""


def is_set() -> bool:
    return bool(current_app.config["KIOSK_SMTP_URL"])


def send_due() -> int:
    """Send the emails that may be sent now, one after the other; gives back how many.

    Each is recorded as sent before it is: whatever breaks in between, nobody gets it twice. One that the server refuses
    is noted as `bounced`, one that it could not take as `failed`; while no server answers, all of them wait.
    """
    emails = [one.id for one in outreach.waiting(clock.now(), Message.channel == "email")] if is_set() else []
    sent = 0
    try:
        if emails and not outreach.is_quiet(clock.now()):
            place = urlsplit(current_app.config["KIOSK_SMTP_URL"])
            with _connect(place) as server:
                _enter(server, place)
                sent = sum(_send(server, message_id) for message_id in emails)
    except OSError as error:  # those of smtplib among them
        logging.warning("the mail server does not answer (%s); its emails wait", type(error).__name__)
    return sent


def _connect(place: SplitResult) -> smtplib.SMTP:
    where = {"host": place.hostname, "port": place.port or 0, "timeout": PATIENCE}
    if place.scheme == "smtps":
        return smtplib.SMTP_SSL(**where, context=ssl.create_default_context())
    return smtplib.SMTP(**where)


def _enter(server: smtplib.SMTP, place: SplitResult) -> None:
    """Encrypt the connection where that can be, and sign in where there is a name for it. Raises NotEncrypted."""
    server.ehlo()
    if place.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    elif place.scheme == "smtp" and place.username and place.hostname not in HERE:
        raise NotEncrypted
    if place.username:
        server.login(unquote(place.username), unquote(place.password or ""))


def _send(server: smtplib.SMTP, message_id: int) -> bool:
    try:
        outreach.ready(message_id, clock.now())
        message = outreach.record(message_id, "sent", clock.now(), by=None)
    except Refusal:
        return False
    try:
        server.send_message(written(message))
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError):
        outreach.note_failure(message_id, "failed", clock.now())
        raise
    except (smtplib.SMTPException, ValueError) as error:
        is_refused = isinstance(error, smtplib.SMTPRecipientsRefused)
        outreach.note_failure(message_id, "bounced" if is_refused else "failed", clock.now())
        return False
    return True


def written(message: Message) -> EmailMessage:
    """The email: from the account, in her language, with a link that stops them in one click (RFC 8058)."""
    place, here = urlsplit(current_app.config["KIOSK_SMTP_URL"]), shop.current()
    sender = parse_qs(place.query).get("from", [unquote(place.username or "")])[0]
    coupon = message.reward.coupon if message.reward else _any_coupon(message.customer_id)
    email = EmailMessage()
    with force_locale(message.language):
        name = str(here.name)
        told = offers.worth(coupon.offer) if message.reward else gettext("News")
        email["Subject"], email["From"] = f"{told} – {name}", Address(name, addr_spec=sender)
    email["To"], email["Auto-Submitted"] = message.customer.email, "auto-generated"
    if link := texts.link_of(coupon):
        email["List-Unsubscribe"], email["List-Unsubscribe-Post"] = f"<{link}/stop>", "List-Unsubscribe=One-Click"
    email.set_content(message.text)
    return email


def _any_coupon(customer_id: int) -> Coupon | None:
    """Her newest coupon, whose link is hers."""
    hers = select(Coupon).where(Coupon.customer_id == customer_id, Coupon.token.is_not(None))
    return db.session.scalar(hers.order_by(Coupon.id.desc()).limit(1))
