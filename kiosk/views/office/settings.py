"""Settings: what the owner decides, the shop's own page and its poster, and the log."""

import pytz
from flask import abort, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.coupons import offers, qr
from kiosk.oversight import log
from kiosk.shop import dialects, languages, shop, shopfront, words
from kiosk.signups import towns
from kiosk.signups.built_in_questions import TITLES
from kiosk.staff import people
from kiosk.views.asking import from_outside
from kiosk.views.office.room import room
from kiosk.web.browser import signed_in, whole

NUMBERS = {"relock_minutes": (2, 60), "keep_months": (12, 36)}
# the names of what somebody else may have changed on the page of the shop, by field
_FIELDS = {("shop_name" if key == "name" else key): words.FIELDS[key] for key in shopfront.TOLD}


@room.get("/settings", endpoint="settings")
def show_settings():
    return render_template("office/settings.html", usual=dialects.of_country().separator)


@room.post("/settings", page=show_settings)
def decide():
    """Save those of the settings that were sent: each stands in a form of its own."""
    with Form(request.form) as form:
        said = {name: form.whole(name, *limits) for name, limits in NUMBERS.items() if name in request.form}
        if "csv_separator" in request.form:
            said["csv_separator"] = form.choice("csv_separator", dialects.NAMED)
    shop.decide(now(), by=signed_in(), **said)
    return redirect(url_for("office.settings"), 303)


@room.get("/shop", endpoint="shop")
def show_shop():
    chosen = {f"language_{n}": one.code for n, one in enumerate(languages.offered(), 1)}
    chosen |= {f"own_notice.{code}": text for code, text in shop.current().own_notices.items()}
    for number, hours in shop.current().hours_by_weekday.items():
        chosen |= {f"opens.{number}": hours[0], f"closes.{number}": hours[1]} if hours else {f"closed.{number}": "yes"}
    values = vars(shop.current()) | chosen | {"shop_name": shop.current().name}
    meanwhile = [(name, values[key]) for key, name in _FIELDS.items() if request.form.get(key, "") != values[key]]
    typed, last = "shop_name" in request.form, shopfront.last(now())
    values = request.form.to_dict() if typed else values
    facts = {"day_ends": shopfront.DAY_ENDS, "countries": shop.countries(), "zones": pytz.common_timezones}
    facts["languages"] = languages.offered()
    facts["spoken"] = [("", "–"), *languages.names().items()]
    facts |= {"meanwhile": meanwhile, "typed": typed, "week": shopfront.WEEK, "seen": shopfront.seen()}
    facts |= {"last": last, "changed": dict.fromkeys(str(words.FIELDS[name]) for name in last.details) if last else {}}
    return render_template("office/shop.html", values=values, typed_towns=towns.typed(), **facts)


@room.post("/shop", page=show_shop)
def describe():
    shopfront.save(request.form, request.files.get("logo"), now(), by=signed_in())
    return redirect(url_for("office.shop", kept=1), 303)


@room.post("/shop/changes/<id:change>/undo", page=show_shop)
def undo_shop(change: int):
    shopfront.undo(change, now(), by=signed_in())
    return redirect(url_for("office.shop", kept=1), 303)


@room.post("/shop/towns", page=show_shop)
def add_town():
    """Let customers choose a town that some of them typed."""
    with Form(request.form) as form:
        town = form.text("town", 80, required=True).replace(",", " ")
    shop.decide(now(), by=signed_in(), towns=", ".join([*shop.current().town_list, town]))
    return redirect(url_for("office.shop", kept=1), 303)


@room.get("/shop/poster/<any(a4, a5):size>")
def poster(size: str):
    """The code that leads to the questions of the sign-up, or to those of the `form` that is asked for."""
    name = request.args.get("form")
    path = f"/join/{name}" if name in TITLES else "/join"
    link, offer = from_outside(path) or abort(404), None if name in TITLES else offers.welcome()
    if not (offer or name in TITLES):
        return redirect(url_for("office.offers"), 303)
    title = TITLES[name] if name in TITLES else offers.invitation(offer)
    return render_template("office/poster.html", size=size, code=qr.svg(link), offer=offer, title=title, path=path)


@room.get("/audit", endpoint="audit")
def show_log():
    wanted = {name: request.args.get(name, "") for name in ("person", "action", "refused", "about")}
    action = wanted["action"] if wanted["action"].isidentifier() else ""
    filters = {"about": wanted["about"], "staff_id": whole(wanted["person"]), "refused": bool(wanted["refused"])}
    entries = log.entries(action=action, before=whole(request.args.get("before")), **filters)
    staff = [(str(person.id), person.name) for person in people.everybody()]
    return render_template("office/audit.html", entries=entries, wanted=wanted, people=staff)
