"""An offer as its owner types it, checked: what a coupon is worth, and of a reward when it comes; and an offer as it is
typed again."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kiosk.base.forms import Form
from kiosk.coupons import offers
from kiosk.models import Offer
from kiosk.shop import amounts, languages, shop

KINDS = ("percent", "amount", "gift")
LONGEST_GIFT, LONGEST_TERMS, LONGEST_VALID = 40, 200, 3650  # letters, letters, days
DATES, MOST_ROWS = ("from", "until"), 10**9 - 1
WEEK = "1234560"  # from Monday on
# by purpose, what a new one begins with; `held_out` is the percentage that is told nothing and given nothing
USUAL = {
    "win_back": {"days": 30, "held_out": 10},
    "birthday": {"window": 7},
    "holiday": {"day": "12-25", "window": 14, "held_out": 10},
    "stamps": {"visits": 10, "amount": 0},  # each of at least that amount, in minor units
    "referral": {"most": 5},  # a month
}
RANGES = {"days": (7, 730), "window": (0, 60), "visits": (2, 100), "most": (1, 100), "held_out": (0, 50)}
# holidays that a shop may want, by country: month and day, and what it is called
EVERYWHERE = {"01-01": _l("New Year"), "02-14": _l("Valentine’s Day"), "03-08": _l("Women’s Day")}
CHRISTMAS, WORKERS = {"12-25": _l("Christmas")}, {"05-01": _l("Labour Day")}
OWN = {
    "PH": CHRISTMAS | WORKERS | {"06-12": _l("Independence Day"), "11-01": _l("All Saints’ Day")},
    "NO": CHRISTMAS | WORKERS | {"05-17": _l("Constitution Day"), "06-23": _l("Midsummer")},
    "RU": WORKERS | {"01-07": _l("Christmas"), "02-23": _l("Defender Day"), "05-09": _l("Victory Day")},
    "US": CHRISTMAS | {"07-04": _l("Independence Day"), "10-31": _l("Halloween")},
}


def read(sent: Mapping[str, str], purpose: str = "welcome") -> dict:
    """The columns of an offer of that purpose; amounts were typed in major units. Raises Invalid with everything that
    is wrong."""
    typed = {"days_valid": "30"} | {name: " ".join(text.split()) for name, text in sent.items()}
    if typed.get("kind") == "percent":
        typed["value"] = typed.get("value", "").strip("% ")
    with Form(typed) as form:
        kind = form.choice("kind", KINDS, required=True)
        said = {
            "kind": kind,
            "value": _value(form, kind),
            "gift": _texts(form, "gift", LONGEST_GIFT) if kind == "gift" else None,
            "minimum": _amount(form, "minimum"),
            "cap": _amount(form, "cap") if kind == "percent" else None,
            "days_valid": form.whole("days_valid", 1, LONGEST_VALID),
            "terms": _texts(form, "terms", LONGEST_TERMS) or None,
            "weekdays": "".join(number for number in WEEK if typed.get(f"weekday.{number}")) or None,
            "rule": _rule(form, purpose, typed),
        } | _days(form)
        if kind == "gift" and not said["gift"]:
            wanted = gettext("Enter what the gift is, like: A free coffee")
            form.problems.setdefault(f"gift.{languages.offered()[0].code}", wanted)
        return said


def read_place(sent: Mapping[str, str]) -> dict:
    """Read which offer it is to be: the `series` or the `version` that it changes, and its `purpose`: theirs, else the
    one that is asked for, else welcome. Raises Invalid."""
    with Form({"purpose": "welcome"} | dict(sent.items())) as form:
        numbers = {name: form.whole(name, 0, MOST_ROWS) for name in ("series", "version") if sent.get(name)}
        purpose = form.choice("purpose", offers.PURPOSES, required=True)
    changed = offers.newest(**numbers)
    return numbers | {"purpose": changed.series.purpose if changed else purpose}


def _value(form: Form, kind: str) -> int:
    if kind == "percent":
        return form.whole("value", 1, 100)
    if kind == "amount":
        wanted = gettext("Enter how much is taken off, like %(example)s", example=amounts.example())
        return form.read("value", lambda typed: amounts.read(typed, "value") or None, wanted, required=True)
    return 0


def _amount(form: Form, field: str) -> int | None:
    """An amount that may be left out, as 0 is."""
    return form.read(field, lambda typed: amounts.read(typed, field), "") or None


def _days(form: Form) -> dict[str, date | None]:
    """The first and the last shop day on which it is given."""
    first, last = map(form.day, DATES)
    if last and last < max(first or last, shop.current().today()):
        form.problems["until"] = gettext("Choose a day that is not over yet, and not before the first one")
    return {"from_on": first, "until_on": last}


def _texts(form: Form, field: str, most: int) -> dict[str, str]:
    """What was typed in each language, in one line each; the shop's own language is the first."""
    said = {language.code: form.text(f"{field}.{language.code}", most) for language in languages.offered()}
    return {code: text for code, text in said.items() if text}


def _rule(form: Form, purpose: str, sent: Mapping[str, str]) -> dict | None:
    """The numbers of a reward; what was not sent is as usual. None for a purpose that has none."""
    rule = {}
    for name, value in (usual(purpose) or {}).items():
        if not sent.get(name) and not (name == "day" and sent.get("own_day")):
            rule[name] = value
        elif name in RANGES:
            rule[name] = form.whole(name, *RANGES[name])
        elif name == "amount":
            rule[name] = _amount(form, name) or 0
        else:
            own = "own_day" if sent.get("own_day") else name
            rule[name] = form.read(own, _month_and_day, gettext("Enter a month and a day, like 12-25"))
    return rule or None


def _month_and_day(typed: str) -> str:
    return f"{date.fromisoformat(f'2028-{typed}'):%m-%d}"


def typed(offer: Offer) -> dict[str, str]:
    """The fields of the form, filled in as the offer is."""
    value = amounts.typed(offer.value) if offer.kind == "amount" else offer.value
    plain = {"kind": offer.kind, "value": value or "", "days_valid": offer.days_valid}
    plain |= {"from": offer.from_on, "until": offer.until_on} | (offer.rule or {})
    sums = {"minimum": offer.minimum, "cap": offer.cap, "amount": plain.get("amount") or None}
    plain |= {name: amounts.typed(sum_) for name, sum_ in sums.items()}
    plain |= {f"weekday.{number}": "yes" for number in offer.weekdays or ""}
    for field, texts in (("gift", offer.gift), ("terms", offer.terms)):
        plain |= {f"{field}.{code}": text for code, text in (texts or {}).items()}
    return {name: "" if value is None else str(value) for name, value in plain.items()}


def holidays(country: str) -> dict[str, str]:
    """Names of holidays by month and day, in the order of the year."""
    return dict(sorted((EVERYWHERE | OWN.get(country, CHRISTMAS | WORKERS)).items()))


def usual(purpose: str) -> dict | None:
    """What a new reward begins with; the holiday is the next one of the shop's country."""
    if purpose != "holiday":
        return USUAL.get(purpose)
    here = shop.current()
    days, today = list(holidays(here.country)), f"{here.today():%m-%d}"
    return USUAL[purpose] | {"day": next((day for day in days if day > today), days[0])}
