"""Tell them: today's messages with their texts, worked through on the owner's phone, and news to many."""

from urllib.parse import quote

from flask import jsonify, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.customers import feedback, filters
from kiosk.rewards import outreach, post, texts
from kiosk.shop import languages, shop
from kiosk.web.access import Room
from kiosk.web.browser import signed_in, then, wants_json

room = Room("outreach", __name__, to="office", url_prefix="/office/outreach")
TOLD = ("id", "customer_id", "channel", "purpose", "text")


@room.get("")
def show_list():
    at = now()
    waiting = outreach.waiting(at)
    if wants_json():
        return jsonify([{name: getattr(message, name) for name in TOLD} for message in waiting])
    return render_template(
        "office/outreach/outreach.html", waiting=waiting, done=outreach.done_on(shop.current().day_of(at)), at=at,
        length=texts.length, shown=texts.shown, is_quiet=outreach.is_quiet(at), complaints=feedback.to_see_to(),
        by_mail=post.is_set(),
    )  # fmt: skip


@room.get("/<id:message_id>/open", page=show_list)
def open_message(message_id: int):
    """Go on to the phone's own app with the text, unless it may not be sent any more. Nothing is written."""
    message = outreach.ready(message_id, now())
    customer, text, name = message.customer, quote(message.text), quote(str(shop.current().name))
    mail = f"mailto:{quote(customer.email or '')}?subject={name}&body={text}"
    ways = {"sms": f"sms:{customer.phone}?body={text}", "email": mail, "call": f"tel:{customer.phone}"}
    return then(ways[message.channel], text=message.text)


@room.post("/<id:message_id>", page=show_list)
def record_outcome(message_id: int):
    with Form(request.form) as form:
        outcome = form.choice("outcome", outreach.BY_HAND, required=True)
    outreach.record(message_id, outcome, now(), by=signed_in())
    return then(url_for("outreach.show_list"), outcome=outcome)


@room.get("/texts")
def show_texts():
    codes = [language.code for language in languages.offered()]
    said = {f"{purpose}.{code}": text for code in codes for purpose, text in texts.all_of(code).items()}
    return render_template(
        "office/outreach/texts.html", values=vars(shop.current()) | said | request.form.to_dict(),
        purposes=texts.PURPOSES, languages=languages.offered(), longest=texts.LONGEST, length=texts.length,
        example=texts.example, shown=texts.shown,
    )  # fmt: skip


@room.post("/texts", page=show_texts)
def save_texts():
    texts.save(request.form, now(), by=signed_in())
    return redirect(url_for("outreach.show_texts", kept=1), 303)


@room.get("/news")
def ask_for_news():
    asked = filters.read(request.args)
    return render_template(
        "office/outreach/news.html", count=outreach.count_for_news(asked, now()), spelled=filters.spelled(asked),
        languages=languages.offered(), longest=texts.LONGEST,
    )  # fmt: skip


@room.post("/news", page=ask_for_news)
def send_news():
    written, asked = texts.read_news(request.form), filters.read(request.args)
    count = outreach.news(written, asked, now(), by=signed_in())
    return then(url_for("outreach.show_list", listed=count), count=count)
