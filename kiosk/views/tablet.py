"""The shop's tablet: anybody standing there, a minute of questions, a coupon."""

from flask import Blueprint, g, jsonify, redirect, render_template, request, send_from_directory, session, url_for

from .. import addresses, coupons, devices, languages, qr, questionnaire, shop, tallies
from ..config import ROOT
from ..database import db, now
from ..models import Coupon
from ..refusals import Refusal
from ..web import wants_json
from . import doors
from .asking import as_json, asked, from_outside, kindly, link_to, sign_up, told

room = Blueprint("tablet", __name__)
WISHES = ("large-text", "high-contrast")  # of one person: kept in the address of her pages, and nowhere else


def _wishes() -> list[str]:
    return [wish for wish in WISHES if wish in request.args.getlist("wish")]


room.context_processor(lambda: {"wishes": _wishes()})


@room.get("/")
def welcome():
    """The questions; who comes from outside, and is none of our tablets, gets those for her own phone."""
    if _is_outside():
        return redirect(url_for("phone.join"), 303)
    if shop.current().has_ended(now()):
        title, message = kindly(Refusal("ended"))
        return render_template("tablet/told.html", title=title, message=message, stays=True)
    has_chosen = languages.known(request.args.get("language")) is not None
    return _questionnaire(begun=has_chosen)


def _is_outside() -> bool:
    return addresses.is_at(request.host, shop.current().public_url) and not doors.is_at("tablet")


def _questionnaire(*, begun: bool) -> str:
    here = shop.current()
    seed = "Suki" if here.name is shop.UNNAMED else here.name
    join = from_outside("/join")
    facts = {"seed": seed, "begun": begun, "join": join, "after_somebody": session.get("somebody", False)}
    return render_template("tablet/questionnaire.html", **asked(), **facts)


@room.post("/signups", endpoint="sign_up")
def give_coupon():
    g.page = lambda: _questionnaire(begun=True)
    # one that may show a coupon somebody has already
    is_ours = doors.is_at("tablet") or not (devices.any_tablet() or _is_outside())
    outcome, language = sign_up("tablet" if is_ours else "browser"), languages.current()
    is_suki = outcome.existing or "regular" in request.form.getlist("source")
    session["coupon"] = {
        "id": outcome.coupon.id, "existing": outcome.existing, "language": language, "is_suki": is_suki
    }  # fmt: skip
    session["somebody"] = True
    return as_json(outcome) if wants_json() else redirect(url_for("tablet.show_coupon", wish=_wishes()), 303)


@room.errorhandler(Refusal)
def say_kindly(refusal: Refusal):
    return told("tablet", refusal)


@room.get("/coupon")
def show_coupon():
    hers, coupon = _hers_and_coupon()
    if not coupon:
        return redirect(url_for("tablet.welcome"), 303)
    g.language = hers["language"]
    url = link_to(coupon)
    return render_template("tablet/coupon.html", coupon=coupon, hers=hers, url=url, code=qr.svg(url or coupon.code))


def _hers_and_coupon() -> tuple[dict, Coupon | None]:
    hers = session.get("coupon") or {}
    return hers, db.session.get(Coupon, hers["id"]) if hers else None


@room.get("/coupon/opened")
def opened():
    """Whether her phone has the coupon, so that the tablet can say so."""
    coupon = _hers_and_coupon()[1]
    return jsonify(opened=bool(coupon) and coupons.was_opened(coupon))


@room.post("/coupon/done")
def done():
    session.pop("coupon", None)
    return redirect(url_for("tablet.welcome"), 303)


@room.post("/tallies")
def tally():
    """How far somebody got and how long it took; then, whether the tablet was clean after her."""
    today = shop.current().today()
    if hands := request.form.get("hands"):
        if session.pop("somebody", None):
            tallies.keep(today, {"clean" if hands == "clean" else "not clean": 0})
        return "", 204
    steps = {question.key for question in questionnaire.asked()} | {"readback"}
    took = {f"step {key}": request.form.get(f"seconds.{key}", type=int) for key in steps}
    end = "finished" if request.form.get("end") == "finished" else f"left at {request.form.get('end')}"
    ends = {"finished", *(f"left at {key}" for key in steps)} & {end}
    tallies.keep(today, {"started": 0} | {key: n for key, n in took.items() if n is not None} | dict.fromkeys(ends, 0))
    session["somebody"] = True
    return "", 204


@room.get("/offline")
def offline():
    """What the tablet shows when the server is away; it keeps this page."""
    return render_template("tablet/told.html")


@room.get("/sw.js")
def service_worker():
    return send_from_directory(ROOT / "static" / "js", "sw.js", mimetype="text/javascript")
