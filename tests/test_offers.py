import random
import re
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine
from flask_babel import force_locale
from hypothesis import given, settings
from hypothesis import strategies as st
from people import Customer, Person
from shop import NOON, a_coupon, a_phone, an_offer, answers, at_till, new_id, on_sqlite_only, signed_up
from sqlalchemy.exc import IntegrityError

from kiosk.base.database import db
from kiosk.base.refusals import Invalid, Refusal
from kiosk.base.writing import writing
from kiosk.coupons import coupons, offers
from kiosk.models import Coupon, Offer
from kiosk.rewards import changes, drafts
from kiosk.shop import amounts, shop


def worth_in(offer, language):
    with force_locale(language):
        return offers.worth(offer)


@pytest.mark.parametrize(
    ("language", "short", "worth"),
    [("en", "10%", "10% off"), ("nb", "10\u00a0%", "10\u00a0% rabatt"), ("ru", "10\u00a0%", "Скидка 10\u00a0%"),
     ("fil", "10%", "10% discount")],
)  # fmt: skip
def test_a_percentage_is_written_as_the_language_writes_it(in_shop, language, short, worth):
    offer = offers.welcome()

    assert worth_in(offer, language) == worth
    assert short in worth


def test_money_is_written_as_the_language_and_the_shop_write_it(in_shop):
    offer = Offer(kind="amount", value=10000)

    assert worth_in(offer, "en") == "₱100 off"
    assert worth_in(Offer(kind="amount", value=10050), "en") == "₱100.50 off"
    assert worth_in(offer, "nb") == "100\u00a0PHP rabatt"


def test_money_of_a_currency_without_cents(shop_with):
    with shop_with(KIOSK_COUNTRY="JP").app_context():
        assert worth_in(Offer(kind="amount", value=500), "en") == "¥500 off"


def test_a_gift_is_its_words(in_shop):
    offer = Offer(kind="gift", value=0, gift={"en": "A free coffee", "nb": "Gratis kaffe"})

    assert worth_in(offer, "nb") == "Gratis kaffe"
    assert worth_in(offer, "ru") == "A free coffee"
    assert offers.take_off(offer, 5000) == 0


COFFEE = {"en": "A free coffee", "fil": "Libreng kape", "nb": "Gratis kaffe", "ru": "Бесплатный кофе"}
TERMS = {"percent": {"value": 10}, "amount": {"value": 10000}, "gift": {"value": 0, "gift": COFFEE}}
SENTENCES = {  # the invitation, and what the coupon is
    ("percent", "en"): ("Get 10% off today", "10% off"),
    ("percent", "fil"): ("May 10% discount ka ngayon", "10% discount"),
    ("percent", "nb"): ("Få 10\u00a0% rabatt i dag", "10\u00a0% rabatt"),
    ("percent", "ru"): ("Скидка 10\u00a0% уже сегодня", "Скидка 10\u00a0%"),
    ("amount", "en"): ("Get ₱100 off today", "₱100 off"),
    ("amount", "fil"): ("May ₱100 discount ka ngayon", "₱100 discount"),
    ("amount", "nb"): ("Få 100\u00a0PHP rabatt i dag", "100\u00a0PHP rabatt"),
    ("amount", "ru"): ("Скидка 100\u00a0PHP уже сегодня", "Скидка 100\u00a0PHP"),
    ("gift", "en"): ("Your gift today: A free coffee", "A free coffee"),
    ("gift", "fil"): ("Regalo mo ngayon: Libreng kape", "Libreng kape"),
    ("gift", "nb"): ("Din gave i dag: Gratis kaffe", "Gratis kaffe"),
    ("gift", "ru"): ("Ваш подарок: Бесплатный кофе", "Бесплатный кофе"),
}
OFF = {"en": r"\boff\b", "fil": "discount", "nb": "rabatt", "ru": "скидк"}


@pytest.mark.parametrize(("kind", "language"), SENTENCES)
def test_every_kind_of_offer_has_a_sentence_of_its_own_in_each_language(shop_with, kind, language):
    invitation, worth = SENTENCES[kind, language]
    app = shop_with(KIOSK_PUBLIC_URL="https://shop.example")
    with app.app_context():
        an_offer(kind, **TERMS[kind])
    customer, on_phone = Customer(app), Person(app)

    welcome, join = customer.visit(f"/?language={language}"), on_phone.visit(f"/join?language={language}")
    link = customer.sign_up(language=language).json["url"].rpartition("/")[2]
    coupon, on_her_phone = customer.visit("/coupon"), on_phone.visit(f"/c/{link}")

    assert invitation in welcome.text and invitation in join.text
    assert worth in coupon.text and worth in on_her_phone.text
    for page in (welcome, join, coupon, on_her_phone):
        assert bool(re.search(OFF[language], page.text, re.IGNORECASE)) == (kind != "gift"), page.text


GIVEN = {  # what the cashier is to do, and is not to do, and what a customer reads beside the consents
    "percent": ("Take 10% off the total", "10% off, and only once", "Do not give the discount",
                "You get the discount either way."),
    "amount": ("Take ₱100 off the total", "₱100 off, and only once", "Do not give the discount",
               "You get the discount either way."),
    "gift": ("Give: A free coffee", "A free coffee, and only once", "Do not give the gift",
             "You get the gift either way."),
}  # fmt: skip


@pytest.mark.parametrize("kind", TERMS)
def test_everybody_reads_what_is_given_of_every_kind(app, manager, customer_at_tablet, kind):
    with app.app_context():
        an_offer(kind, **TERMS[kind])
    asked = customer_at_tablet.visit("/")
    use = {"code": customer_at_tablet.sign_up().json["code"], "json": False}

    manager.post("/till/redemptions", **use, operation_id=new_id())
    redeemed = manager.visit("/till")
    again = manager.submit("/till/redemptions", 409, code=use["code"], operation_id=new_id())
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2)):
        used = manager.submit("/till/redemptions", 409, code=use["code"], operation_id=new_id())

    for page, sentence in zip((redeemed, again, used, asked), GIVEN[kind], strict=True):
        assert sentence in page.text


def test_the_cashier_takes_off_what_a_manager_has_decided(in_shop):
    with force_locale("en"):
        for kind in TERMS:
            assert offers.instruction(Offer(kind=kind, **TERMS[kind]), 5000) == "Take ₱50 off the total"
        assert offers.instruction(None, None) == ""


@pytest.mark.parametrize(("country", "digits"), [("JP", 0), ("PH", 2), ("KW", 3)])
def test_a_discount_is_exact_and_halves_are_rounded_up_to_the_minor_unit(shop_with, country, digits):
    with shop_with(KIOSK_COUNTRY=country).app_context():
        unit = Decimal(1).scaleb(-digits)
        for value in range(1, 101):
            for amount in (*range(200), 99999, 10**12 + 5):
                exact = (Decimal(amount) * unit * value / 100).quantize(unit, ROUND_HALF_UP)
                taken = offers.take_off(Offer(kind="percent", value=value), amount)
                assert taken * unit == exact
        assert amounts.read(str(12 + unit), "amount") == 12 * 10**digits + 1


def test_a_cap_is_the_most_a_percentage_takes_off():
    capped = Offer(kind="percent", value=10, cap=1000)

    assert [offers.take_off(capped, amount) for amount in (0, 9990, 10000, 10010, 10**9)] == [0, 999, 1000, 1000, 1000]


@settings(deadline=None)
@given(st.sampled_from(["percent", "amount", "gift"]), st.integers(0, 10**9), st.none() | st.integers(0, 10**9),
       st.integers(0, 10**13))  # fmt: skip
def test_a_discount_is_never_more_than_the_purchase_and_never_less_than_nothing(kind, value, cap, amount):
    assert 0 <= offers.take_off(Offer(kind=kind, value=value, cap=cap), amount) <= amount


def test_an_amount_takes_off_no_more_than_the_purchase():
    assert offers.take_off(Offer(kind="amount", value=10000), 25000) == 10000
    assert offers.take_off(Offer(kind="amount", value=10000), 4000) == 4000


def test_a_further_version_of_an_offer_gives_the_same_person_no_second_coupon(in_shop):
    phone = a_phone()
    first = a_coupon(phone=phone)

    an_offer("percent", 20)
    again = signed_up(phone=phone)

    assert (again.coupon.id, again.existing) == (first.id, True)
    assert db.session.query(Coupon).count() == 1


def test_a_spent_coupon_of_an_earlier_version_is_the_persons_one_coupon(in_shop):
    phone = a_phone()
    coupon = a_coupon(phone=phone)
    with writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update({"spent_at": NOON})
    an_offer("percent", 20)

    with pytest.raises(Refusal, match="already_had"):
        signed_up(phone=phone)


def test_a_coupon_keeps_what_it_promised_and_a_new_customer_gets_the_newest_version(in_shop):
    before = a_coupon()
    an_offer("percent", 20, minimum=10000)

    after = a_coupon()

    kept = db.session.get(Coupon, before.id, populate_existing=True)
    assert (kept.offer.value, kept.offer.minimum) == (10, None)
    assert (after.offer.value, after.offer.minimum) == (20, 10000)
    assert kept.series_id == after.series_id


def test_a_new_series_is_a_new_round_for_everybody(in_shop):
    phone = a_phone()
    first = a_coupon(phone=phone)
    an_offer("percent", 15, new_series=True)

    second = signed_up(phone=phone)

    assert (second.existing, second.coupon.id == first.id, second.coupon.offer.value) == (False, False, 15)
    assert signed_up(phone=phone).coupon.id == second.coupon.id


def test_an_offer_of_another_purpose_is_not_the_welcome_offer(in_shop):
    first = a_coupon()
    an_offer("percent", 50, purpose="birthday")

    assert offers.welcome().id == first.offer_id


def test_the_database_itself_allows_one_coupon_for_a_person_series_and_occasion(in_shop):
    first = a_coupon()
    an_offer("percent", 20)

    with pytest.raises(IntegrityError), writing():
        coupons.issue_to(first.customer_id, offers.welcome(), NOON)
    with writing():
        further = coupons.issue_to(first.customer_id, offers.welcome(), NOON, occasion="2027")

    assert (further.occasion, further.series_id) == ("2027", first.series_id)
    assert coupons.given_to(first.customer_id, offers.welcome()) == first
    assert coupons.given_to(first.customer_id, offers.welcome(), "2027") == further


def test_the_database_itself_keeps_a_coupon_in_the_series_of_its_offer(in_shop):
    coupon = a_coupon()
    other = an_offer("percent", 20, new_series=True)

    with pytest.raises(IntegrityError), writing():
        db.session.query(Coupon).filter_by(id=coupon.id).update({"series_id": other.series_id})


@pytest.fixture
def on_noon():
    """It is noon of 21 November 2026 in Manila."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def ana(in_shop, on_noon):
    return at_till()


def made(by, at=NOON, *, purpose="welcome", series=None, version=None, **fields):
    """What the owner types, read and kept."""
    said = drafts.read({"kind": "percent", "value": "10"} | fields)
    return changes.save(said, at, by=by, purpose=purpose, series=series, version=version)


def given_on(day) -> int | None:
    offer = offers.welcome(day)
    return offer and offer.value


def test_on_every_day_one_offer_is_given_and_the_page_tells_which(ana):
    made(ana, value="10")
    made(ana, value="20", **{"from": "2026-12-05", "until": "2026-12-10"})
    made(ana, value="25", **{"from": "2026-12-07", "until": "2026-12-08"})
    made(ana, value="30", **{"from": "2026-12-20"})
    made(ana, value="15")  # the newest, but it has no days
    stopped = made(ana, value="99", until="2027-01-01")
    changes.stop(stopped.id, NOON, by=ana)

    told = [(offer.value, until) for [(offer, _)], until in offers.turns()]

    assert told == [(15, date(2026, 12, 4)), (20, date(2026, 12, 6)), (25, date(2026, 12, 8)),
                    (20, date(2026, 12, 10)), (15, date(2026, 12, 19)), (30, None)]  # fmt: skip
    for n in range(60):
        day = date(2026, 11, 21) + timedelta(days=n)
        assert given_on(day) == next(value for value, until in told if until is None or day <= until), day


def test_an_offer_for_weekends_comes_back_every_week_and_the_page_tells_on_which_days(ana):
    made(ana, value="10")
    weekend = made(ana, value="20", **{"weekday.6": "yes", "weekday.0": "yes", "until": "2026-12-31"})
    made(ana, value="25", **{"weekday.5": "yes", "from": "2026-12-05"})

    told = [([(one.value, numbers) for one, numbers in given], until) for given, until in offers.turns()]

    assert told == [
        ([(10, "12345"), (20, "60")], date(2026, 12, 4)),
        ([(10, "1234"), (25, "5"), (20, "60")], date(2026, 12, 31)),
        ([(10, "123460"), (25, "5")], None),
    ]
    for n in range(60):
        day = date(2026, 11, 21) + timedelta(days=n)
        given = next(given for given, until in told if until is None or day <= until)
        assert given_on(day) == next(value for value, numbers in given if f"{day:%w}" in numbers), day
    assert offers.details(weekend)[1] == "only on Sat, Sun"
    assert drafts.typed(weekend)["weekday.6"] == "yes"


def test_the_shops_last_day_ends_every_offer(ana):
    made(ana, value="20", until="2026-12-10")
    shop.decide(NOON, by=ana, last_day="2026-12-05")

    assert [(offer and offer.value, until) for [(offer, _)], until in offers.turns()] == [
        (20, date(2026, 12, 5)), (None, None)]  # fmt: skip
    assert (given_on(date(2026, 12, 5)), given_on(date(2026, 12, 6))) == (20, None)


def test_a_sign_up_gets_the_offer_of_its_shop_day(ana):
    made(ana, value="20", **{"from": "2026-11-22", "until": "2026-11-22"})
    midnight = datetime(2026, 11, 21, 16, tzinfo=UTC)  # in Manila

    got = [a_coupon(midnight + timedelta(minutes=minutes)).offer.value for minutes in (-1, 1, 1439, 1441)]

    assert got == [10, 20, 20, 10]


def test_when_every_offer_is_stopped_nothing_is_given_and_the_first_one_does_not_come_back(ana):
    before, operation_id, given = a_coupon(), new_id(), answers()
    same = signed_up(operation_id=operation_id, given=given)
    changes.stop(0, NOON, by=ana)

    assert (offers.welcome(), offers.active(), offers.turns()) == (None, [], [([(None, "")], None)])
    with pytest.raises(Refusal, match="ended"):
        signed_up()
    assert signed_up(operation_id=operation_id, given=given).coupon.id == same.coupon.id
    assert coupons.redeem(before.code, new_id(), NOON, by=ana, amount=10000).redemption.visit.discount == 1000
    made(ana, value="20", version=before.offer_id)
    assert a_coupon().offer.value == 20


def test_undo_brings_the_version_before_back_as_long_as_nobody_has_a_coupon(ana):
    first = made(ana, value="20", version=0)
    changes.undo(first.id, NOON, by=ana)
    changes.undo(first.id, NOON, by=ana)  # tapped twice
    assert offers.welcome().value == 10

    given = made(ana, value="30", version=offers.welcome().id)
    a_coupon()
    with pytest.raises(Refusal, match="used_meanwhile"):
        changes.undo(given.id, NOON, by=ana)
    with pytest.raises(Refusal, match="changed_meanwhile"):
        changes.undo(1, NOON, by=ana)
    changes.stop(given.id, NOON, by=ana)
    changes.undo(given.id, NOON, by=ana)
    assert offers.welcome().value == 30


def test_only_a_change_of_today_that_can_be_undone_is_the_last_one(ana):
    assert changes.last(offers.listed(), NOON) is None
    a_coupon()
    assert changes.last(offers.listed(), NOON) is None  # what every shop begins with
    made(ana, value="20", version=0)
    hand = made(ana, purpose="by_hand", value="50")
    assert changes.last(offers.listed(), NOON) is hand
    assert changes.last(offers.listed(), NOON + timedelta(days=1)) is None
    a_coupon()
    changes.undo(hand.id, NOON, by=ana)
    assert changes.last(offers.listed(), NOON) is None


def test_of_two_who_change_the_same_version_the_second_is_told(ana):
    first = made(ana, value="20", version=0)

    for stale in ({"version": 0}, {"version": first.id - 1}, {"version": 4711}, {"series": 4711}):
        with pytest.raises(Refusal, match="changed_meanwhile"):
            made(ana, value="30", **stale)
    assert [offer.value for offer in offers.listed()] == [20]


@pytest.mark.parametrize("seed", range(3))
def test_after_ten_changes_every_coupon_is_worth_what_was_promised(ana, seed):
    dice, of_series, promised = random.Random(seed), {}, []
    for _ in range(10):
        kind, value = dice.choice(["percent", "amount", "gift"]), dice.randint(1, 100)
        least, cap = dice.choice([0, 200, 900]), dice.choice([None, 50])
        series = dice.choice([None, *of_series])
        typed = {"kind": kind, "value": str(value), "minimum": str(least), "cap": str(cap or ""), "gift.en": "Tea"}
        offer = made(ana, series=series, **typed)
        worth = {"percent": min(value * 5, cap or 500), "amount": value, "gift": 0}[kind]  # of a purchase of ₱500
        of_series[offer.series_id] = (worth * 100, least)
        promised.append((a_coupon(), *of_series[max(of_series)]))  # the newest series is given
    made(ana, value="1")

    for coupon, worth, least in promised:
        bought = {"amount": 50000, "is_confirmed": True}
        if least == 900:
            with pytest.raises(Refusal, match="minimum_not_met"):
                coupons.redeem(coupon.code, new_id(), NOON, by=ana, **bought)
        else:
            done = coupons.redeem(coupon.code, new_id(), NOON, by=ana, **bought)
            assert done.redemption.visit.discount == worth


def test_by_hand_every_offer_can_be_given_and_of_other_purposes_the_one_in_force(ana):
    hand = [made(ana, purpose="by_hand", value=value).id for value in ("20", "30")]
    birthday = [made(ana, purpose="birthday", value=value).id for value in ("40", "50")]
    made(ana, purpose="by_hand", value="60", **{"from": "2026-12-01"})
    first = made(ana, value="15")

    assert [offer.id for offer in offers.active()] == [*hand, birthday[1], first.id]


BAD = {
    "kind": [{"kind": "half"}, {"kind": ""}],
    "value": [{"value": text} for text in ("0", "101", "10.5", "-1", "", "ten", "٣", "9" * 40)]
    + [{"kind": "amount", "value": text} for text in ("0", "", "-5", "1e3", "9" * 40)],
    "days_valid": [{"days_valid": text} for text in ("0", "3651", "", "1.5")],
    "minimum": [{"minimum": "many"}],
    "cap": [{"cap": "1,2,3"}],
    "from": [{"from": "5/12/2026"}],
    "until": [{"until": "soon"}, {"until": "2026-11-20"}, {"from": "2026-12-06", "until": "2026-12-05"}],
    "gift.en": [{"kind": "gift"}, {"kind": "gift", "gift.en": "x" * 41}, {"kind": "gift", "gift.en": "\u200b"}],
    "terms.ru": [{"terms.ru": "x" * 201}],
}


@pytest.mark.parametrize(("field", "typed"), [(field, typed) for field, tries in BAD.items() for typed in tries])
def test_what_cannot_be_meant_is_asked_again_at_its_field(in_shop, on_noon, field, typed):
    with in_shop.test_request_context(), pytest.raises(Invalid) as refused:
        drafts.read({"kind": "percent", "value": "10"} | typed)

    assert [*refused.value.errors] == [field]


@on_sqlite_only
@pytest.mark.parametrize(
    ("country", "price", "minor"), [("NO", "250,50", 25050), ("PH", "250.50", 25050), ("JP", "250", 250)]
)
def test_an_offer_is_typed_again_as_it_was_kept(shop_with, on_noon, country, price, minor):
    typed = {"kind": "amount", "value": price, "minimum": price, "cap": price, "days_valid": "1", "from": "2026-12-05",
             "until": "2026-12-05", "terms.en": "One each"}  # fmt: skip
    with shop_with(KIOSK_COUNTRY=country).app_context():
        offer = Offer(**drafts.read(typed))

        assert (offer.value, offer.minimum, offer.cap, offer.gift) == (minor, minor, None, None)
        assert drafts.typed(offer) == typed | {"cap": "", "amount": ""}
        percent = drafts.read({"kind": "percent", "value": "10\u00a0%", "cap": price, "minimum": "0"})
        assert (percent["value"], percent["cap"], percent["minimum"], percent["terms"]) == (10, minor, None, None)
