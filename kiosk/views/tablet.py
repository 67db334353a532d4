"""The shop's tablet: anybody standing there, a minute of questions, a coupon."""

import zlib
from dataclasses import replace

from flask import abort, current_app, g, jsonify, redirect, render_template, request, session, url_for

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.phones import readable
from kiosk.base.refusals import Refusal
from kiosk.coupons import coupons, offers, qr
from kiosk.customers import feedback, one_more
from kiosk.models import Coupon, Customer, Offer
from kiosk.shop import languages, shop
from kiosk.signups import answers, built_in_questions, questionnaires, submissions, tallies
from kiosk.signups.built_in_questions import FORMS, TITLES
from kiosk.staff import devices
from kiosk.views import asking
from kiosk.web.access import Room
from kiosk.web.browser import device, is_at, signed_in, wants_json
from kiosk.web.kept import kept_page
from kiosk.web.senders import address_id, may_be_outside, sender

room = Room("tablet", __name__, to="anybody")
WISHES = ("large-text", "high-contrast")  # of one person: kept in the address of her pages, and nowhere else


def _wishes() -> list[str]:
    return [wish for wish in WISHES if wish in request.args.getlist("wish")]


def _go_to(endpoint: str, **facts):
    """On to the next page, in the language and with the wishes of who stands there."""
    return redirect(url_for(endpoint, language=languages.current(), wish=_wishes(), **facts), 303)


room.context_processor(lambda: {"wishes": _wishes(), "form_titles": TITLES})


@room.get("/")
def welcome():
    """The questions; who comes from outside, and is none of our tablets, gets those for her own phone."""
    if may_be_outside() and not is_at("tablet"):
        return redirect(url_for("phone.join"), 303)
    has_chosen = languages.known(request.args.get("language")) is not None
    return _questionnaire(begun=has_chosen)


def _questionnaire(*, begun: bool) -> str:
    """The page of questions. As long as nobody has answered any, it is the same for everybody and is kept."""
    session.setdefault("asked", True)
    session.pop("card", None)
    here, offer = shop.current(), offers.welcome()
    if offer is None:
        title, message = asking.kindly(Refusal("ended"))
        return render_template("tablet/told.html", title=title, message=message, shown=_shown(None))
    facts = {"seed": "Suki" if here.name is shop.UNNAMED else here.name, "begun": begun, "shown": _shown(offer)}
    facts |= {"join": asking.from_outside("/join"), "forms": tuple(submissions.on_the_tablet())}
    facts["asks_later"] = bool(questionnaires.current().with_answers("later"))

    def draw(operation_id: str = "") -> str:
        return render_template("tablet/questionnaire.html", **asking.asked(offer, operation_id), **facts)

    if request.method == "POST":
        return draw()
    sleeps = here.opens or here.other_hours
    minute = sleeps and here.time_of(now()).strftime("%a %H:%M")  # the page sleeps outside the opening hours
    made_of = (languages.current(), here, *facts.values(), tuple(_wishes()), offers.invitation(offer), minute)
    return kept_page(made_of, draw)


def _shown(offer: Offer | None) -> str:
    """What tells one state of the questions, the offer and the shop (its name, colour, languages…) from another."""
    facts = (questionnaires.current().version, offer and offer.id, zlib.crc32(repr(shop.current()).encode()))
    return " ".join(map(str, (*facts, offers.reward("referral") is not None, *submissions.on_the_tablet())))


@room.get("/shown")
def what_is_shown():
    """What a resting tablet would show now. Every few seconds it asks, and renews itself when that is another."""
    devices.note_clock(device(), request.args.get("clock", ""), now())
    return jsonify(shown=_shown(offers.welcome()))


@room.post("/signups", endpoint="sign_up")
def give_coupon():
    g.page = lambda: _questionnaire(begun=True)
    outcome, language = asking.sign_up("tablet" if is_at("tablet") else "browser"), languages.current()
    is_suki = outcome.existing or asking.answered().has_chosen("regular", request.form)
    facts = {"id": outcome.coupon.id, "existing": outcome.existing, "language": language, "is_suki": is_suki}
    session["coupon"] = facts
    return asking.tell(outcome, url_for("tablet.show_coupon", wish=_wishes()))


@room.post("/signups/contact")
def check_contact():
    """How a number or an address will be stored, or what is wrong with it, while its question is on the screen."""
    contact = answers.read_contact(request.form).items()
    return jsonify({name: readable(kept) if name == "phone" else kept for name, kept in contact if kept})


@room.errorhandler(Refusal)
def say_kindly(refusal: Refusal):
    return asking.told("tablet", refusal)


@room.get("/coupon")
def show_coupon():
    hers, coupon = _hers_and_coupon()
    if not coupon:
        return redirect(url_for("tablet.welcome"), 303)
    g.language = hers["language"]
    url = asking.link_to(coupon)
    return render_template("tablet/coupon.html", coupon=coupon, hers=hers, url=url, code=qr.svg(url or coupon.code))


def _hers_and_coupon() -> tuple[dict, Coupon | None]:
    hers = session.get("coupon") or {}
    return hers, hers and db.session.get(Coupon, hers["id"])


@room.get("/coupon/opened")
def opened():
    """Whether her phone has the coupon, so that the tablet can say so."""
    coupon = _hers_and_coupon()[1]
    return jsonify(opened=bool(coupon) and coupons.was_opened(coupon))


@room.post("/coupon/done")
def done():
    session.pop("coupon", None)
    return redirect(url_for("tablet.welcome"), 303)


@room.get("/feedback")
def ask_how_it_was():
    """Stars from whoever stands at the tablet; who has none of our tablets is led to the questions."""
    _only_ours()
    hows = [replace(built_in_questions.question("stars"), required=True), built_in_questions.question("comment")]
    return render_template("tablet/feedback.html", questions=hows, values=request.form.to_dict(flat=False))


@room.post("/feedback", page=ask_how_it_was)
def say_how_it_was():
    """Keep the stars of somebody whom nobody knows."""
    _only_ours()
    feedback.say(request.form, languages.current(), now(), sender=sender())
    return (jsonify(thanks=True), 201) if wants_json() else _go_to("tablet.thank")


@room.get("/feedback/thanks")
def thank():
    form = request.args.get("form")
    if form in FORMS and _hers_and_coupon()[1]:  # which the form has given her
        return redirect(url_for("tablet.show_coupon", wish=_wishes()), 303)
    return render_template("tablet/told.html", **asking.thanks_for(form))


@room.get("/card")
def ask_for_card():
    """A regular's card, scanned or typed, for one more question."""
    _only_ours()
    return render_template("tablet/card.html")


@room.post("/card")
def show_card():
    """Remember, until the next one begins, whose card it is. Nobody is told whether it is anybody's."""
    _only_ours()
    customer = one_more.whose(request.form.get("q", ""), address_id(), now())
    session["card"] = customer and customer.id
    return _go_to("tablet.ask_one_more")


@room.get("/card/question")
def ask_one_more():
    """One more question for whose card it is; where there is none, the words that every regular reads."""
    customer = db.session.get(Customer, session.get("card") or 0)
    if not (question := customer and one_more.next_question(customer)):
        return _go_to("tablet.thank", form="card")
    values, months = request.form.to_dict(flat=False), languages.short_months()
    return render_template("tablet/one_more.html", questions=[question], values=values, months=months)


@room.post("/card/question", page=ask_one_more)
def answer_one_more():
    one_more.answer(db.get_or_404(Customer, session.get("card") or 0), request.form, now())
    return _go_to("tablet.thank", form="card")


@room.get("/forms/<any({}):name>".format(",".join(FORMS)))
def show_form(name: str):
    """A form beside the sign-up, one question at a time as there."""
    _refuse_unless_offered(name)
    return render_template("tablet/form.html", **asking.asked(None, name=name), title=TITLES[name])


@room.post("/forms/<any({}):name>".format(",".join(FORMS)))
def fill_in(name: str):
    _refuse_unless_offered(name)
    g.page = lambda: show_form(name)
    by = signed_in()
    given = asking.fill_in(name, "till" if by else "tablet" if is_at("tablet") else "browser", by=by)
    session.pop("coupon", None)
    if given:
        session["coupon"] = {"id": given[0].id, "existing": given[1], "language": languages.current(), "is_suki": False}
    return (jsonify(thanks=True), 201) if wants_json() else _go_to("tablet.thank", form=name)


def _refuse_unless_offered(name: str) -> None:
    """Go on only on our tablet, or where somebody is signed in. Aborts with 404 where the form is not offered."""
    where, is_staff = submissions.offered(name), signed_in() is not None
    if where == "off" or (where != "tablet" and not is_staff):
        abort(404)
    if not is_staff:
        _only_ours()


@room.post("/tallies")
def tally():
    """Count how far somebody got and how long it took."""
    _only_ours()
    tallies.keep(shop.current().today(), tallies.read(request.form, asking.answered()), now(), sender=sender())
    return "", 204


def _only_ours() -> None:
    """Go on only where this browser shows the tablet's page: a paired tablet, or one that got it while none is paired.
    Others are led to the questions, and may send nothing."""
    if not (is_at("tablet") or (not devices.any_tablet() and session.get("asked", False))):
        abort(redirect(url_for("tablet.welcome"), 303) if request.method == "GET" else 403)


@room.get("/offline")
def offline():
    """What the tablet shows when the server is away; it keeps this page."""
    return render_template("tablet/told.html")


@room.get("/sw.js")
def service_worker():
    return current_app.send_static_file("js/sw.js")
