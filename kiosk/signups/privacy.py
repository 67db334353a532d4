"""The privacy notice: what the shop does with what a customer tells it, in five short parts."""

import hashlib

from flask_babel import get_locale, gettext

from kiosk.shop import shop
from kiosk.shop.languages import kept_by_language


@kept_by_language
def notice() -> list[tuple[str, str]]:
    """Heading and text of each part, about this shop, in the language being read; 120 words at most, and then
    what the shop has to say besides."""
    here = shop.current()
    country, contact = get_locale().territories.get(here.country, here.country), here.privacy_contact
    what_for = gettext("To give each person one coupon and to recognise it. Offers are sent only if you say yes.")
    how_long = gettext(
        "If you do not come: 30 days after your coupon ends. Otherwise %(count)s months after your last visit. It is "
        "never sold.", count=here.keep_months,
    )  # fmt: skip
    rights = gettext("See, correct or delete your details, or stop offers, at any time: ask our staff.")
    ask = contact and " " + gettext("Questions about your data: %(contact)s", contact=contact)
    return [
        (gettext("Who"), gettext("%(shop)s, %(country)s.", shop=here.name, country=country)),
        (gettext("What"), gettext("Your answers, your name, and your mobile number or email address.")),
        (gettext("What for"), what_for),
        (gettext("How long"), how_long),
        (gettext("Your rights"), rights + ask),
        *_own_words(),
    ]


def _own_words() -> list[tuple[str, str]]:
    """What the shop has to say besides: in the language being read, else in its own, else in any."""
    here = shop.current()
    said = here.own_notices
    text = said.get(str(get_locale())) or said.get(here.language) or next(iter(said.values()), "")
    return [(gettext("Besides"), text)] if text else []


@kept_by_language
def version() -> str:
    """Tells one wording of the notice from another: a hash of the parts, in the language being read."""
    return hashlib.sha256("\n".join(f"{part}: {text}" for part, text in notice()).encode()).hexdigest()
