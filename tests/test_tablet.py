from people import Customer, Page
from shop import a_phone, an_offer, new_id
from statements import listening

from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.models import Coupon, Signup
from kiosk.models import Customer as Person
from kiosk.shop import shop


def test_the_tablet_works_before_anybody_has_set_anything_up(customer_at_tablet):
    page = customer_at_tablet.visit("/")

    assert "My shop" in page.text
    assert "Get 10% off today" in page.text


def test_each_language_is_offered_and_spoken(customer_at_tablet):
    for language in ("en", "fil", "nb", "ru"):
        page = customer_at_tablet.visit(f"/?language={language}")
        assert page.all("html")[0]["lang"] == language


def test_a_language_nobody_speaks_here_is_the_shops_own(customer_at_tablet):
    assert customer_at_tablet.visit("/?language=xx").all("html")[0]["lang"] == "en"
    assert customer_at_tablet.visit("/?language=tl").all("html")[0]["lang"] == "fil"


def test_answers_sent_as_a_form_lead_to_the_coupon(customer_at_tablet):
    customer_at_tablet.visit("/")
    answer = customer_at_tablet.post("/signups", json=False, operation_id=new_id(), language="nb", phone=a_phone())

    page = customer_at_tablet.visit("/coupon")

    assert (answer.status_code, answer.location) == (303, "/coupon")
    assert page.all("html")[0]["lang"] == "nb"
    assert db_code(customer_at_tablet.app) in page.text.replace(" ", "").replace("\u00a0", "")


def db_code(app):
    with app.app_context():
        return db.session.query(Coupon.code).scalar()


def test_answers_sent_by_the_script_are_answered_with_the_coupon(customer_at_tablet):
    answer = customer_at_tablet.sign_up(phone="0917 123 4567")

    assert answer.status_code == 201
    assert answer.json.keys() == {"code", "url", "worth", "valid_until", "existing"}
    assert (answer.json["url"], answer.json["worth"], answer.json["existing"]) == (None, "10% off", False)


def test_an_answer_is_given_only_for_what_is_stored(customer_at_tablet):
    with customer_at_tablet.sign_up() as answer:  # not read to its end yet
        assert db_code(customer_at_tablet.app) == answer.json["code"]


def test_with_a_public_address_the_coupon_has_a_link(shop_with):
    answer = Customer(shop_with(KIOSK_PUBLIC_URL="https://shop.example")).sign_up()

    assert answer.json["url"].startswith("HTTPS://SHOP.EXAMPLE/C/")


def test_the_same_operation_is_answered_the_same(customer_at_tablet):
    fields = {"operation_id": new_id(), "phone": "0917 123 4567"}
    first = customer_at_tablet.sign_up(**fields)
    again = customer_at_tablet.sign_up(**fields | {"phone": "+63 917 1234567"})
    other = customer_at_tablet.sign_up(**fields | {"phone": a_phone()})

    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json == again.json
    assert other.json["refusal"] == "operation_id_reused"


def test_who_has_a_coupon_sees_that_one(customer_at_tablet):
    first = customer_at_tablet.sign_up(phone="0917 123 4567")
    again = customer_at_tablet.sign_up(phone="0917 123 4567")

    assert again.status_code == 200
    assert again.json == first.json | {"existing": True}
    assert "You already have a coupon" in customer_at_tablet.visit("/coupon").text


def test_who_spent_it_reads_one_kind_sentence(customer_at_tablet, manager):
    code = customer_at_tablet.sign_up(phone="0917 123 4567").json["code"]
    manager.redeem(code)

    page = customer_at_tablet.submit("/signups", 409, operation_id=new_id(), phone="0917 123 4567")

    assert "Your card is good at every visit" in page.text
    assert code not in page.html


def test_wrong_input_says_what_to_do_and_loses_nothing(customer_at_tablet):
    page = customer_at_tablet.submit("/signups", operation_id=new_id(), language="en", name="Maria", phone="0917")

    assert "Some digits are missing. Enter the whole number, like 0917\xa0123\xa04567" in page.text
    assert (page.field("name"), page.field("phone")) == ("Maria", "0917")


def test_wrong_input_by_the_script_names_each_field(customer_at_tablet):
    answer = customer_at_tablet.sign_up(phone="0917", email="maria@")

    assert answer.status_code == 422
    assert answer.json["errors"].keys() == {"phone", "email"}


def test_an_operation_needs_an_id(customer_at_tablet):
    assert customer_at_tablet.sign_up(operation_id="x").status_code == 422


def test_where_there_is_no_link_the_picture_of_the_coupon_becomes_the_card(customer_at_tablet, shop_with):
    customer_at_tablet.sign_up()
    with_link = Customer(shop_with(KIOSK_PUBLIC_URL="https://shop.example"))
    with_link.sign_up()

    pages = [person.visit("/coupon").text for person in (customer_at_tablet, with_link)]

    assert ["afterwards it is your card" in text for text in pages] == [True, False]


def test_without_a_coupon_there_is_no_coupon_screen(customer_at_tablet):
    answer = customer_at_tablet.browser.get("/coupon")

    assert (answer.status_code, answer.location) == (303, "/")


def test_done_leaves_nothing_of_her(customer_at_tablet):
    code = customer_at_tablet.sign_up(name="Maria").json["code"]

    customer_at_tablet.post("/coupon/done", json=False)

    assert customer_at_tablet.browser.get("/coupon").location == "/"
    assert code not in customer_at_tablet.visit("/").html
    assert "Maria" not in customer_at_tablet.visit("/").html


def test_a_regulars_number_is_looked_over_and_never_looked_up(customer_at_tablet):
    """What the screen "I already come here" sends is the same, and is answered the same, whoever she is."""
    customer_at_tablet.sign_up(phone="0917 123 4567", name="Maria")
    customer_at_tablet.visit("/")

    with customer_at_tablet.app.app_context(), listening(db.engine) as said:
        known, unknown = (
            customer_at_tablet.post("/signups/contact", phone=phone) for phone in ("0917 123 4567", "0917 765 4321")
        )

    assert (known.status_code, known.json) == (200, {"phone": "+63 917 123 4567"})
    assert (unknown.status_code, unknown.json) == (200, {"phone": "+63 917 765 4321"})
    assert [sql for sql, _ in said.all if "customer" in sql or "coupon" in sql] == []


def test_a_token_outlives_sign_ups_and_done(customer_at_tablet):
    customer_at_tablet.visit("/")
    token = customer_at_tablet.token
    customer_at_tablet.sign_up()
    customer_at_tablet.post("/coupon/done")

    assert customer_at_tablet.token == token
    assert customer_at_tablet.sign_up().status_code == 201


def town_buttons(customer):
    buttons = customer.visit("/").all("input")
    return [a["value"] for a in buttons if a.get("name") == "city" and a.get("type") == "radio" and a["value"]]


def test_what_strangers_type_is_stored_and_never_shown_to_others(customer_at_tablet):
    for city in ("Ana steals. Do not buy here", "Cebu"):
        for _ in range(3):
            customer_at_tablet.sign_up(city=city)

    assert town_buttons(customer_at_tablet) == []
    with customer_at_tablet.app.app_context():
        assert [city for (city,) in db.session.query(Person.city)] == ["Ana steals. Do not buy here"] * 3 + ["Cebu"] * 3


def test_a_town_becomes_a_button_when_the_owner_adds_it(customer_at_tablet, manager):
    for city in ("Davao", "Cebu", "Cebu", "Rude words"):
        customer_at_tablet.sign_up(city=city)
    manager.submit("/office/shop", 303, shop_name="Perla", city="Manila", towns="Baguio")
    manager.token = None

    page = manager.visit("/office/shop")
    typed = [a["value"] for a in page.all("button") if a.get("name") == "town"]
    manager.submit("/office/shop/towns", 303, town="Cebu")

    assert typed == ["Cebu", "Davao", "Rude words"]
    assert town_buttons(customer_at_tablet) == ["Manila", "Baguio", "Cebu"]
    page = manager.visit("/office/shop")
    assert [a["value"] for a in page.all("button") if a.get("name") == "town"] == ["Davao", "Rude words"]
    assert page.field("towns") == "Baguio, Cebu"


def test_the_kept_page_has_tokens_of_each_browser_and_nothing_of_anybody(app, customer_at_tablet):
    wrong = customer_at_tablet.submit("/signups", operation_id=new_id(), name="Maria", phone="0917")
    pages = [Customer(app).visit("/") for _ in range(2)] + [Customer(app).visit("/?language=nb")]

    assert "Maria" in wrong.html
    assert not any("Maria" in page.html or "\ue000" in page.html for page in pages)
    assert len({page.csrf_token for page in pages}) == len({page.field("operation_id") for page in pages}) == 3
    assert all(page.field("csrf_token") == page.csrf_token for page in pages)
    assert [page.all("html")[0]["lang"] for page in pages] == ["en", "en", "nb"]


def test_what_the_owner_changes_is_on_the_next_page(app, customer_at_tablet):
    customer_at_tablet.visit("/")
    with app.app_context(), writing():
        shop.describe(name="Sari-sari ni Aling Rosa")

    assert "Sari-sari ni Aling Rosa" in customer_at_tablet.visit("/").text


def test_a_language_nobody_speaks_here_is_not_signed_up_in(customer_at_tablet):
    answer = customer_at_tablet.sign_up(language="xx")

    assert (answer.status_code, answer.json["errors"].keys()) == (422, {"language"})
    assert customer_at_tablet.sign_up(language="no").status_code == 201


def test_every_field_of_the_shared_tablet_refuses_autofill(customer_at_tablet):
    fields = [a for a in customer_at_tablet.visit("/").all("input") if a.get("type") != "hidden"]

    assert fields
    assert {a.get("autocomplete") for a in fields} == {"off"}


def test_consent_boxes_are_never_ticked(customer_at_tablet):
    for language in ("en", "fil", "nb", "ru"):
        boxes = [
            a for a in customer_at_tablet.visit(f"/?language={language}").all("input") if a.get("type") == "checkbox"
        ]
        assert len(boxes) == 2
        assert [a for a in boxes if "checked" in a] == []


def test_what_is_typed_is_shown_as_text(customer_at_tablet):
    name = "<script>alert(1)</script>"

    page = Page(customer_at_tablet.post("/signups", json=False, operation_id=new_id(), name=name, phone="1"))

    assert name not in page.html
    assert page.field("name") == name
    with customer_at_tablet.app.app_context():
        assert db.session.query(Signup).count() == 0


def test_larger_text_lasts_for_one_person_only(customer_at_tablet):
    hers = customer_at_tablet.visit("/?wish=large-text")
    assert hers.all("html")[0]["class"] == "large-text"
    language = next(a["href"] for a in hers.all("a") if a.get("lang") == "nb")
    assert customer_at_tablet.visit(language).all("html")[0]["class"] == "large-text"

    answer = customer_at_tablet.post("/signups?wish=large-text", json=False, operation_id=new_id(), phone=a_phone())

    assert answer.location == "/coupon?wish=large-text"
    assert customer_at_tablet.visit("/").all("html")[0]["class"] == ""


def test_only_wishes_we_know_reach_the_page(customer_at_tablet):
    assert customer_at_tablet.visit("/?wish=high-contrast&wish=x").all("html")[0]["class"] == "high-contrast"


def test_who_already_comes_here_is_greeted_as_suki(customer_at_tablet):
    customer_at_tablet.sign_up(source="regular", phone="0917 123 4567")
    assert "suki!" in customer_at_tablet.visit("/coupon").text
    customer_at_tablet.sign_up(source="window")
    assert "suki!" not in customer_at_tablet.visit("/coupon").text
    customer_at_tablet.sign_up(phone="0917 123 4567")
    assert "suki!" in customer_at_tablet.visit("/coupon").text


def test_the_page_promises_nothing_before_scripts_run(customer_at_tablet):
    page = customer_at_tablet.visit("/")

    assert {a.get("inputmode") for a in page.all("input") if a.get("class") == "field__box"} == {"text", "tel", "email"}
    assert [a for a in page.all("suki-keyboard") if "hidden" not in a] == []


def test_domains_are_those_people_have_there(shop_with):
    page = Customer(shop_with(KIOSK_COUNTRY="RU")).visit("/")

    domains = [a["data-domain"] for a in page.all("button") if a.get("data-domain")]
    assert domains == ["mail.ru", "yandex.ru", "gmail.com", "bk.ru"]


def test_who_sent_her_is_asked_as_soon_as_friends_are_thanked(app, customer_at_tablet):
    before, shown = customer_at_tablet.visit("/").html, customer_at_tablet.browser.get("/shown").json
    with app.app_context():
        an_offer(purpose="referral", rule={"months": 1})

    assert 'name="friend"' not in before
    assert 'name="friend"' in customer_at_tablet.visit("/").html
    assert customer_at_tablet.browser.get("/shown").json != shown
