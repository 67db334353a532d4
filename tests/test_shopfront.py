import io
import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from PIL import Image
from shop import a_phone, an_offer

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Audit, Consent, Setting
from kiosk.shop import languages, shop, shopfront
from kiosk.signups import consents


def png(wide: int, high: int) -> bytes:
    file = io.BytesIO()
    Image.new("L", (wide, high)).save(file, "PNG")
    return file.getvalue()


PNG = png(8, 8)


@pytest.fixture
def owner(manager):
    """The manager at her shop's page, which asks for everything that stands there."""

    def says(status=303, **fields):
        page = manager.submit("/office/shop", status, **{"shop_name": "Perla", "city": "Cebu"} | fields)
        manager.token = None
        return page

    manager.says = says
    return manager


def current(app):
    with app.app_context():
        return shop.current()


def test_what_the_owner_says_is_kept_and_noted(owner, app):
    owner.says(colour="#0B7A3E", last_day="2026-12-31", opens="09:00", closes="18:00")

    said = current(app)
    assert (said.name, said.city, said.colour, said.last_day) == ("Perla", "Cebu", "#0B7A3E", "2026-12-31")
    assert "Perla" in owner.visit("/office/shop").html


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("colour", "red"),
        ("colour", "#12345"),
        ("last_day", "31.12.2026"),
        ("opens", "9 o'clock"),
        ("public_url", "shop.example"),
        ("public_url", "https://shop.example/path"),
        ("shop_name", "a\x00b"),
        ("city", "x" * 81),
    ],
)
def test_what_cannot_be_used_is_said_beside_its_field_and_nothing_is_kept(owner, app, field, typed):
    before = current(app)

    page = owner.says(422, **{field: typed})

    assert [a.get("aria-invalid") for a in page.all("input") if a.get("name") == field] == ["true"]
    assert current(app) == before


def test_the_tablet_takes_the_shops_colour_and_every_page_its_logo(owner, customer_at_tablet):
    owner.says(colour="#FFDD00", logo=(io.BytesIO(PNG), "logo.png"))

    page = customer_at_tablet.visit("/")
    sheet = next(a["href"] for a in page.all("link") if "theme.css" in a["href"])
    picture = page.all("img")[0]["src"]
    assert b"--on-accent: #2B1320" in customer_at_tablet.browser.get(sheet).data
    drawn = customer_at_tablet.browser.get(picture).data
    assert Image.open(io.BytesIO(drawn)).tobytes() == Image.open(io.BytesIO(PNG)).tobytes()
    assert customer_at_tablet.browser.get(picture).headers["Cache-Control"].startswith("public")


def chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)


BOMB = PNG[:33] + chunk(b"IDAT", zlib.compress(bytes(10_000_000), 9)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"<svg onload=alert(1)>",
        b"GIF89a",
        b"\xff\xd8\xff\xe0 JPEG",
        PNG + b"0" * 200_000,
        PNG[:-1],
        PNG[:40] + b"!" + PNG[41:],
        PNG[:8] + b"rubbish",
        PNG[:8] + chunk(b"IHDR", PNG[16:29]) * 2 + PNG[33:],
        BOMB,
    ],
)
def test_a_logo_is_a_small_png(owner, app, data):
    owner.says(422, logo=(io.BytesIO(data), "logo.png"))

    assert current(app).logo == ""


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_of_a_logo_nothing_is_kept_but_its_picture(owner, mode):
    page, picture, file = b"<script>alert(1)</script>", Image.new(mode, (9, 7)), io.BytesIO()
    picture.save(file, "PNG")
    told = file.getvalue()
    comment = chunk(b"tEXt", b"Comment\0" + page)
    owner.says(logo=(io.BytesIO(told[:33] + comment + told[33:] + b"PK\3\4" + page), "logo.png"))

    kept = owner.browser.get("/logo.png").data

    assert not any(part in kept for part in (page, b"tEXt", b"PK"))
    assert Image.open(io.BytesIO(kept)).tobytes() == picture.tobytes()


def test_of_two_who_save_the_shop_at_once_the_second_is_told_and_nothing_is_lost(owner, app):
    seen = owner.visit("/office/shop").field("seen")
    owner.says(seen=seen, city="Cebu")

    page = owner.says(409, seen=seen, city="Iloilo", towns="Bohol")

    assert "Town or city is now: Cebu" in page.text
    assert (page.field("city"), page.field("towns"), current(app).city) == ("Iloilo", "Bohol", "Cebu")
    owner.says(seen=page.field("seen"), city="Iloilo", towns="Bohol")
    assert (current(app).city, current(app).towns) == ("Iloilo", "Bohol")


def offered(owner) -> str:
    """The undo that her page offers."""
    return re.search("/office/shop/changes/[0-9]+/undo", owner.visit("/office/shop").html)[0]


def undo(owner, status=303, change=""):
    page = owner.submit(change or offered(owner), status)
    owner.token = None
    return page


def test_the_last_change_of_the_shop_is_undone_and_made_again(owner, app):
    owner.says(colour="#0B7A3E", towns="Bohol")
    before = vars(current(app))
    owner.says(colour="#8A1C49", city="Iloilo", **{"closed.0": "yes"}, language_1="ru", language_2="en", partner="Rosa")
    after = vars(current(app))

    assert "Colour" in owner.visit("/office/shop?language=en").text
    line = next(line for line in owner.visit("/office/shop?language=nb").text.splitlines() if "Lagret kl." in line)
    assert line.count("Språk") == 1  # as the setting and the list of them are both called
    undo(owner)
    assert vars(current(app)) == before
    undo(owner)
    assert vars(current(app)) == after


def test_what_the_page_only_suggested_is_no_change(app, manager):
    page = manager.visit("/office/shop")
    sent = {name: page.field(name) for name in ("shop_name", "colour")}
    languages = {f"language_{number}": code for number, code in enumerate(("en", "fil", "nb", "ru"), 1)}

    manager.submit("/office/shop", 303, **sent, **languages, city="Iloilo", seen=page.field("seen"))

    with app.app_context():
        assert db.session.query(Audit).filter_by(action="settings").one().details == {"city": ["", "Iloilo"]}
        assert db.session.query(Setting).filter(Setting.name.in_(("name", "languages"))).count() == 0


def test_the_undo_of_a_town_that_was_added_leaves_what_others_changed_elsewhere(owner, app):
    owner.says()
    owner.submit("/office/shop/towns", 303, town="Bohol")
    owner.submit("/office/settings", 303, keep_months="12")

    undo(owner)

    assert (current(app).towns, current(app).keep_months, current(app).name) == ("", 12, "Perla")


def test_a_picture_that_was_replaced_or_removed_comes_back(owner, app):
    owner.says(logo=(io.BytesIO(PNG), "logo.png"))
    pictures = [owner.browser.get("/logo.png").data]
    owner.says(logo=(io.BytesIO(png(9, 9)), "logo.png"))
    undo(owner)
    pictures.append(owner.browser.get("/logo.png").data)
    owner.says(no_logo="yes")
    undo(owner)
    pictures.append(owner.browser.get("/logo.png").data)

    assert current(app).logo and len({*pictures}) == 1


def test_of_two_the_one_who_would_undo_what_the_other_has_changed_since_is_told(owner, app):
    owner.says(city="Iloilo")
    change = offered(owner)
    owner.says(city="Bohol")

    page = undo(owner, 409, change)

    assert "This is how they are now" in page.text and "is now:" not in page.text
    assert (page.field("city"), current(app).city) == ("Bohol", "Bohol")


@pytest.mark.parametrize(("field", "there"), [("currency", "NOK"), ("time_zone", "Europe/Oslo")])
def test_money_and_days_that_were_counted_since_keep_their_currency_and_zone(
    owner, customer_at_tablet, app, field, there
):
    owner.says()
    owner.says(city="Oslo", **{field: there})
    undo(owner)
    assert getattr(current(app), field) != there

    owner.says(city="Oslo", **{field: there})
    owner.redeem(customer_at_tablet.sign_up().json["code"], amount="250")
    page = undo(owner, 409)

    assert "cannot be undone" in page.text
    assert (getattr(current(app), field), current(app).city) == (there, "Oslo")


def test_yesterdays_change_has_no_undo(owner, app):
    owner.says()
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1)), app.app_context():
        assert shopfront.last(now()) is None


def test_the_tablet_goes_dark_by_the_hours_of_the_day(owner, customer_at_tablet, app):
    with app.app_context():
        today, tomorrow = (f"{shop.current().today() + timedelta(days=n):%w}" for n in (0, 1))
    usual = {"opens": "09:00", "closes": "18:00", f"closed.{tomorrow}": "yes"}
    its_own = {f"opens.{today}": "10:00", f"closes.{today}": "14:00"}

    for other, shown in (({}, 'data-opens="540" data-closes="1080"'), (its_own, 'data-opens="600" data-closes="840"'),
                         ({f"closed.{today}": "yes"}, "data-closed")):  # fmt: skip
        owner.says(**usual | other)
        assert shown in customer_at_tablet.visit("/").html
        page = owner.visit("/office/shop")
        assert all(page.field(name) == typed for name, typed in its_own.items()) == (other is its_own)
    assert "Enter a time, like 09:00" in owner.says(422, **{f"opens.{today}": "10:00"}).text
    with app.app_context():
        assert shop.current().hours_on(shop.current().today()) == []


def test_a_town_can_be_taken_back(owner, app):
    owner.says(city="Cebu")
    owner.says(city="")

    assert current(app).city == ""


def test_a_logo_can_be_taken_away(owner, app):
    owner.says(logo=(io.BytesIO(PNG), "logo.png"))
    owner.says(no_logo="yes")

    assert current(app).logo == ""


def test_after_the_last_day_nobody_gets_a_coupon_and_those_given_stay_good(owner, customer_at_tablet):
    phone = a_phone()
    code = customer_at_tablet.sign_up(phone=phone).json["code"]
    owner.says(last_day="2020-01-01")

    refused = customer_at_tablet.sign_up()

    assert (refused.status_code, refused.json["refusal"]) == (409, "ended")
    assert "This offer has ended" in customer_at_tablet.visit("/").text
    assert customer_at_tablet.sign_up(phone=phone).json["code"] == code


def test_a_cashier_changes_nothing_of_the_shop(cashier, app):
    answer = cashier.post("/office/shop", shop_name="Ours now")

    assert answer.status_code == 403
    assert current(app).name != "Ours now"


@pytest.mark.parametrize("size", ["a4", "a5"])
def test_a_poster_leads_to_the_questions(owner, size):
    assert owner.browser.get(f"/office/shop/poster/{size}").status_code == 404  # without a public address

    owner.says(public_url="https://shop.example")

    assert "https://shop.example/join" in owner.visit(f"/office/shop/poster/{size}").text


def png_that_says(wide: int, high: int) -> bytes:
    """A few bytes that a browser would unpack into a picture of that size."""
    header = b"IHDR" + wide.to_bytes(4) + high.to_bytes(4) + PNG[24:29]
    return PNG[:12] + header + zlib.crc32(header).to_bytes(4) + PNG[33:]


@pytest.mark.parametrize(
    "size", [(20_000, 20_000), (20_000, 1), (1, 20_000), (2001, 8), (8, 2001), (2**31 - 1, 8), (2**32 - 1, 2**32 - 1)]
)
def test_a_picture_that_unpacks_to_too_much_is_no_logo(owner, app, size):
    page = owner.says(422, logo=(io.BytesIO(png_that_says(*size)), "logo.png"))

    assert "2,000 pixels" in page.text
    assert current(app).logo == ""


def test_a_picture_of_two_thousand_pixels_is_a_logo(owner, app):
    owner.says(logo=(io.BytesIO(png(2000, 2000)), "logo.png"))

    assert current(app).logo != ""


def test_everything_that_is_wrong_of_the_shop_is_said_at_once(owner):
    owner.visit("/office/shop")
    wrong = {"country": "XX", "shop_name": "x" * 61, "colour": "red", "opens": "9 o'clock"}

    answer = owner.post("/office/shop", **wrong, logo=(io.BytesIO(PNG[:-1]), "logo.png"))

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {*wrong, "logo"})


ABROAD = {"country": "NO", "currency": "NOK", "time_zone": "Europe/Oslo"}


def test_a_shop_in_which_nothing_happened_yet_moves_abroad(owner, app):
    owner.says(**ABROAD)

    said = current(app)
    assert (said.country, said.currency, said.time_zone) == ("NO", "NOK", "Europe/Oslo")


def test_a_new_country_changes_neither_money_nor_days_by_itself(owner, app):
    owner.says(country="NO")

    assert (current(app).currency, current(app).time_zone) == ("PHP", "Asia/Manila")


@pytest.mark.parametrize("terms", [{"kind": "amount", "value": 5000}, {"minimum": 20000}, {"cap": 10000}])
def test_the_currency_stays_once_an_offer_says_an_amount(owner, app, terms):
    with app.app_context():
        an_offer(**terms)

    page = owner.says(422, **ABROAD)

    assert "Amounts in PHP are stored already" in page.text
    assert current(app).country == "PH"


def test_the_currency_stays_once_an_amount_was_rung_up(owner, customer_at_tablet, app):
    code = customer_at_tablet.sign_up().json["code"]
    assert owner.redeem(code, amount="250").status_code == 201

    owner.visit("/office/shop")
    answer = owner.post("/office/shop", shop_name="Perla", currency="NOK")

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"currency"})
    owner.says(currency="php")  # the same one


def test_a_new_time_zone_is_confirmed_once_days_are_counted(owner, customer_at_tablet, app):
    customer_at_tablet.sign_up()

    page = owner.says(422, time_zone="Europe/Oslo")
    assert "figures of past days shift" in page.text
    assert [a["value"] for a in page.all("input") if a.get("name") == "zone_confirmed"] == ["Europe/Oslo"]
    owner.says(422, time_zone="Asia/Tokyo", zone_confirmed="Europe/Oslo")  # another one was confirmed
    assert current(app).time_zone == "Asia/Manila"

    owner.says(time_zone="Europe/Oslo", zone_confirmed="Europe/Oslo")
    assert current(app).time_zone == "Europe/Oslo"


def test_the_tablet_offers_the_languages_that_the_shop_chose_in_its_order(owner, customer_at_tablet, app):
    owner.says(language_1="ru", language_2="", language_3="nb", language_4="ru")

    with app.app_context():
        assert [one.code for one in languages.offered()] == ["ru", "nb"]
        assert [one.code for one in languages.every()] == ["ru", "en", "fil", "nb"]
    page = customer_at_tablet.visit("/").html
    assert [name for name in ("Русский", "Norsk", "English", "Filipino") if name in page] == ["Русский", "Norsk"]
    assert 'lang="ru"' in page.partition("<head>")[0]


def test_at_least_one_language_is_offered_and_what_is_not_sent_stays(owner, app):
    owner.says(language_1="nb")
    page = owner.says(422, language_1="", language_2="", language_3="", language_4="")
    owner.says(422, language_1="xx")
    owner.says()

    assert "Choose one language at least" in page.text or "Velg minst ett språk" in page.text
    assert (current(app).language, current(app).languages) == ("nb", "nb")


def test_a_new_country_leaves_the_shops_language(owner, app):
    owner.says(**ABROAD)

    assert current(app).language == "en"


def test_a_resting_tablet_is_told_of_a_new_colour(owner, customer_at_tablet):
    before = customer_at_tablet.browser.get("/shown").json
    owner.says(colour="#0B7A3E")

    assert customer_at_tablet.browser.get("/shown").json != before


def test_the_notice_says_whom_to_ask_and_the_shops_own_words(owner, customer_at_tablet, app):
    owner.says(**{"privacy_contact": "Ana, ana@perla.ph", "own_notice.en": "We film <b>the door</b>.",
                  "own_notice.nb": "Vi filmer døren."})  # fmt: skip

    with app.test_request_context("/?language=nb"):
        assert consents.notice()[-1][1] == "Vi filmer døren."
    with app.test_request_context("/?language=ru"):
        assert consents.notice()[-1][1] == "We film <b>the door</b>."  # the shop's own language stands in
    page = customer_at_tablet.visit("/")
    assert "Questions about your data: Ana, ana@perla.ph" in page.text
    assert "&lt;b&gt;the door&lt;/b&gt;" in page.html and "<b>the door" not in page.html


@pytest.mark.parametrize("field", ["privacy_contact", "own_notice.en", "own_notice.ru"])
def test_another_wording_of_the_notice_is_another_version(owner, customer_at_tablet, app, field):
    def agreed() -> str:
        customer_at_tablet.sign_up(consent_sms="yes", language=field.partition(".")[2] or "en")
        with app.app_context():
            return db.session.query(Consent).order_by(Consent.id.desc()).first().notice_hash

    owner.says()
    before = agreed()
    owner.says(**{field: "Ana, upstairs"})
    after = agreed()

    assert before != after
    assert "Ana, upstairs" in owner.visit("/office/audit").text
    owner.says()
    assert agreed() == before


def test_the_shops_own_words_are_short(owner, app):
    owner.says(422, **{"own_notice.fil": "x" * 301})

    assert current(app).own_notice == ""
