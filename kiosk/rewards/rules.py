"""The numbers of each reward, as its owner types them: after how many days, how many visits, around which day."""

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from kiosk.base.forms import Form
from kiosk.shop import amounts, shop

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


def in_year(month_and_day: str, year: int) -> date:
    """That day of a year; the 29th of February is the 28th in a year that has none."""
    try:
        return date.fromisoformat(f"{year}-{month_and_day}")
    except ValueError:
        return date(year, 2, 28)


def read(form: Form, purpose: str, sent) -> dict | None:
    """The numbers of a reward; what was not sent is as usual. None for a purpose that has none."""
    rule = {}
    for name, value in (usual(purpose) or {}).items():
        if not sent.get(name) and not (name == "day" and sent.get("own_day")):
            rule[name] = value
        elif name in RANGES:
            rule[name] = form.whole(name, *RANGES[name])
        elif name == "amount":
            rule[name] = form.read(name, lambda typed: amounts.read(typed, "amount"), "") or 0
        else:
            own = "own_day" if sent.get("own_day") else name
            rule[name] = form.read(own, _month_and_day, gettext("Enter a month and a day, like 12-25"))
    return rule or None


def _month_and_day(typed: str) -> str:
    return f"{date.fromisoformat(f'2028-{typed}'):%m-%d}"
