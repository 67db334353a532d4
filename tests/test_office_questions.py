"""The office's page of questions: what can be saved, what it does to the tablet, and to answers given before."""

import csv
import io
import re
from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import Customer, Page, Staffer
from shop import NOON, a_phone, at_till, new_id, on_sqlite_only, rows_of
from test_customer import POLYGLOTS

from kiosk.base.contacts import NotUsable, clean
from kiosk.models import Answer, Audit, QuestionnaireVersion, Signup
from kiosk.reports import exports, spreadsheets
from kiosk.shop import shop
from kiosk.signups import editing, kinds, questionnaires, time_model
from kiosk.signups.built_in_questions import BUILT_IN

PATH = "/office/forms/welcome"
PET = {
    "key": "pet", "kind": "one", "when": "signup", "required": False, "text": {"en": "Do you have a pet?"}, "why": {},
    "choices": [{"key": "cat", "text": {"en": "A cat"}}, {"key": "dog", "text": {"en": "A dog", "ru": "Собака"}}],
}  # fmt: skip
FORMULAS = [f"{start}{body}" for start in ("=", "+", "-", "@", "＝", "＋") for body in (
    "cmd|' /C calc'!A0", "HYPERLINK(\"http://x.example\")", "1+1", "SUM(A1:A9)", "IMPORTXML(CONCAT(\"http://x/\",A1))",
    "WEBSERVICE(\"http://x\")", "<b>x</b>", "\"\"", "A1;=2", "DDE(\"cmd\")",
)]  # fmt: skip


def read(manager) -> dict:
    return manager.browser.get(PATH, headers={"Accept": "application/json"}).json


def save(manager, said, **headers):
    if manager.token is None:
        manager.visit("/office")
    headers = {"Accept": "application/json", "X-CSRFToken": manager.token} | headers
    return manager.browser.post(PATH, json=said, headers=headers)


def with_own(said: dict, *own: dict) -> dict:
    return said | {"questions": [*own, *said["questions"]]}


def of(said: dict, key: str) -> dict:
    return next(question for question in said["questions"] if question["key"] == key)


def exported(app) -> list[dict]:
    with app.test_request_context("/"):
        today = shop.current().today()
        sheet = exports.SHEETS["signups"](today, today)
        return [dict(zip(sheet.headings, row, strict=True)) for row in rows_of(sheet)]


def test_what_is_read_can_be_saved_and_is_a_version_of_its_own(manager):
    before = read(manager)
    answer = save(manager, before)

    assert (answer.status_code, answer.json) == (201, {"version": 1})
    assert read(manager) == before | {"version": 1}
    with manager.app.app_context():
        row = QuestionnaireVersion.query.one()
        assert (row.name, row.made_by_id, len(row.body["questions"])) == ("welcome", manager.id, 13)
        assert Audit.query.filter_by(action="settings").one().details == {"questions": [0, 1]}


def test_only_a_manager_changes_questions_and_only_from_our_own_page(manager, cashier, stranger):
    for person, status in ((cashier, 403), (stranger, 401)):
        person.visit("/" if person is stranger else "/till")
        assert save(person, {"version": 0, "questions": []}).status_code == status
    assert save(manager, read(manager), **{"X-CSRFToken": "wrong"}).status_code == 400
    assert read(manager)["version"] == 0


def test_who_saves_what_was_read_before_somebody_elses_change_is_told(manager):
    other = Staffer(manager.app, "Olga")
    other.sign_in()
    mine, hers = read(manager), read(other)
    save(other, with_own(hers, PET))

    answer = save(manager, mine)

    assert (answer.status_code, answer.json) == (409, {"refusal": "changed_meanwhile"})
    assert of(read(manager), "pet")["text"] == {"en": "Do you have a pet?"}


def changed(**parts):
    return lambda said: with_own(said, PET | parts)


def without(key):
    return lambda said: said | {"questions": [one for one in said["questions"] if one["key"] != key]}


def other(key, **parts):
    return lambda said: said | {"questions": [one | (parts if one["key"] == key else {}) for one in said["questions"]]}


@on_sqlite_only
@pytest.mark.parametrize(
    ("change", "place"),
    [
        (changed(kind="contact"), "questions.0.kind"),
        (changed(kind="essay"), "questions.0.kind"),
        (changed(kind=["one"]), "questions.0.kind"),
        (changed(key="source"), "questions.1.key"),
        (changed(key="phone"), "questions.0.key"),
        (changed(key="birthday_month"), "questions.0.key"),
        (changed(key="consent_sms"), "questions.0.key"),
        (changed(key="Pet"), "questions.0.key"),
        (changed(key="p" * 41), "questions.0.key"),
        (changed(when="always"), "questions.0.when"),
        (changed(required="yes"), "questions.0.required"),
        (changed(text={}), "questions.0.text"),
        (changed(text={"en": " "}), "questions.0.text"),
        (changed(text={"en": "x" * 201}), "questions.0.text"),
        (changed(text={"en": "a\x00b"}), "questions.0.text"),
        (changed(text={"en": "a\nb"}), "questions.0.text"),
        (changed(text={"xx": "Pet?"}), "questions.0.text"),
        (changed(text={"en": 5}), "questions.0.text"),
        (changed(why={"en": "x" * 201}), "questions.0.why"),
        (changed(choices=PET["choices"][:1]), "questions.0.choices"),
        (changed(choices=[{"key": "", "text": {"en": f"{n}"}} for n in range(21)]), "questions.0.choices"),
        (changed(choices=[*PET["choices"], PET["choices"][0]]), "questions.0.choices.2.key"),
        (changed(choices=[*PET["choices"], {"key": "a b", "text": {"en": "A bird"}}]), "questions.0.choices.2.key"),
        (changed(choices=[*PET["choices"], {"key": "bird", "text": {}}]), "questions.0.choices.2.text"),
        (changed(choices=[*PET["choices"], "bird"]), "questions.0.choices.2.text"),
        (other("source", kind="many"), "questions.0.kind"),
        (other("contact", required=False), "questions"),
        (other("contact", when="off"), "questions"),
        (other("contact", when="later"), "questions.12.when"),
        (without("contact"), "questions"),
        (lambda said: said | {"questions": [one | {"when": "signup"} for one in said["questions"]]}, "questions"),
        (lambda said: {"questions": said["questions"]}, "version"),
        (lambda said: {"version": 0, "questions": {}}, "questions"),
        (lambda said: ["version"], "version"),
    ],
)  # fmt: skip
def test_what_no_questionnaire_may_be_is_refused_with_its_place(manager, change, place):
    answer = save(manager, change(read(manager)))

    assert (answer.status_code, [*answer.json["errors"]]) == (422, [place])
    assert read(manager)["version"] == 0


def test_a_choice_that_was_taken_away_never_means_something_else(manager):
    save(manager, with_own(read(manager), PET))
    cat, dog = PET["choices"]
    bird = {"key": "", "text": {"en": "A cat"}}

    def choose(*choices):
        said = read(manager)
        return save(manager, said | {"questions": [PET | {"choices": [*choices]}, *said["questions"][1:]]})

    assert choose(dog, bird).status_code == 201
    assert [choice["key"] for choice in of(read(manager), "pet")["choices"]] == ["dog", "a_cat"]
    assert choose(dog, {"key": "cat", "text": {"en": "A cow"}}).json["errors"].keys() == {"questions.0.choices.1.text"}
    assert choose(dog, cat).status_code == 201
    assert choose(dog, {"key": "cat", "text": {"en": "A cat or two"}}).status_code == 201


def test_a_question_that_was_left_out_keeps_its_kind(manager):
    save(manager, with_own(read(manager), PET))
    save(manager, without("pet")(read(manager)))

    answer = save(manager, with_own(read(manager), PET | {"kind": "many"}))

    assert answer.json["errors"].keys() == {"questions.0.kind"}


def test_whoever_comes_here_already_is_known_by_that_answer_after_an_edit_too(manager, customer_at_tablet):
    save(manager, read(manager))
    customer_at_tablet.sign_up(source="regular")

    assert "suki!" in customer_at_tablet.visit("/coupon").text


def test_the_tablet_shows_the_new_version_to_the_next_customer(manager, customer_at_tablet):
    other = Customer(manager.app)
    customer_at_tablet.visit("/")
    save(manager, with_own(read(manager), PET))

    page = other.visit("/")

    assert [a["data-step"] for a in page.all("section") if "data-step" in a][1] == "pet"
    assert page.field("questionnaire") == "1"


def test_who_was_answering_while_a_version_was_saved_gets_a_coupon(manager):
    customer = Customer(manager.app)
    version = customer.visit("/").field("questionnaire")
    said = with_own(without("source")(read(manager)), PET | {"required": True})
    save(manager, said)

    wrong = customer.submit("/signups", operation_id=new_id(), questionnaire=version, source="nothing", phone=a_phone())
    answer = customer.sign_up(questionnaire=version, source="friend")
    nobody = customer.sign_up(questionnaire="99", pet="cat")

    assert wrong.field("questionnaire") == "0" and 'data-step="source"' in wrong.html
    assert (answer.status_code, nobody.status_code) == (201, 201)
    with manager.app.app_context():
        assert [row.questionnaire_version for row in Signup.query.order_by(Signup.id)] == [0, 1]
        assert [(row.question, row.value) for row in Answer.query.order_by(Answer.id)] == [
            ("source", "friend"), ("pet", "cat")
        ]  # fmt: skip
    assert customer.sign_up(source="friend").json["errors"].keys() == {"pet"}


def test_ten_edits_and_each_answer_is_read_by_its_own_version(manager, customer_at_tablet):
    app, phones = manager.app, []
    save(manager, with_own(read(manager), PET))
    for number in range(10):
        choices = [{"key": "cat", "text": {"en": f"Cat {number}"}}]
        choices += [{"key": f"dog{number}", "text": {"en": f"Dog {number}"}}]
        own = PET | {"text": {"en": f"Pet {number}?"}, "choices": choices}
        assert save(manager, with_own(without("pet")(read(manager)), own)).status_code == 201
        for pet in ("cat", f"dog{number}"):
            phones.append(a_phone())
            assert customer_at_tablet.sign_up(pet=pet, phone=phones[-1]).status_code == 201

    assert [(row["Mobile"][-7:], row["Pet 9?"]) for row in exported(app)] == [
        (phone[-7:], f"{animal} {n // 2}") for n, phone in enumerate(phones) for animal in [("Cat", "Dog")[n % 2]]
    ]
    with app.app_context():
        customers = [signup.customer_id for signup in Signup.query.order_by(Signup.id)]
    for n in (0, 7, 19):
        words = f"{('Cat', 'Dog')[n % 2]} {n // 2}"
        for path in (f"/office/customers/{customers[n]}", f"/office/customers/{customers[n]}/copy"):
            text = manager.visit(path).text
            assert f"Pet {n // 2}?" in text and words in text
    found = manager.browser.get("/office/customers?pet=dog3", headers={"Accept": "application/json"}).json
    assert [one["id"] for one in found["customers"]] == [customers[7]]
    assert "Dog 3" in manager.visit("/office").text
    save(manager, without("pet")(read(manager)))
    assert "Pet 9?" in manager.visit("/office/insights").text


def test_undo_asks_again_what_was_asked_before(manager):
    first = read(manager)
    save(manager, with_own(first, PET))
    page = manager.visit(PATH)

    answer = manager.post(f"{PATH}/undo", json=False, version=page.field("version"))
    again = manager.post(f"{PATH}/undo", version="1")

    assert answer.status_code == 303
    assert read(manager) == first | {"version": 2}
    assert (again.status_code, again.json["refusal"]) == (409, "changed_meanwhile")
    fresh = Staffer(manager.app, "Olga")
    fresh.sign_in()
    fresh.post(f"{PATH}/undo", version="2")
    assert of(read(manager), "pet")["choices"] == PET["choices"]


def test_without_a_script_a_question_is_moved_switched_and_put_off(manager):
    def press(key, **fields):
        return manager.post(
            f"{PATH}/questions/{key}", json=False, version=manager.visit(PATH).field("version"), **fields
        )

    assert press("city", move="up").status_code == 303
    press("interests", when="later")
    press("birthday", when="later")
    press("birthday", move="up")
    press("city", move="up")

    with manager.app.app_context():
        current = questionnaires.current()
        assert [question.key for question in current.asked()] == ["city", "source", "name", "contact"]
        assert [question.key for question in current.with_answers("later")] == ["birthday", "interests"]
        assert current.version == 5


def test_without_a_script_a_question_of_every_kind_is_added_and_its_words_changed(manager):
    for kind in kinds.READ:
        page = manager.visit(f"{PATH}/questions/new?kind={kind}")
        fields = {"choices.0.text.en": "Yes", "choices.1.text.en": "No", "choices.1.text.ru": "Нет"}
        fields |= {"kind": kind, "words": "all"}
        answer = manager.post(f"{PATH}/questions/new", json=False, version=page.field("version"),
                              when="later", **{"text.en": f"My {kind}?", "why.en": "Because."}, **fields)  # fmt: skip
        assert answer.status_code == 303
    keys = [one["key"] for one in read(manager)["questions"]]
    made = read(manager)["questions"][-3 - len(kinds.READ) : -3]
    assert keys[-3:] == ["city", "name", "contact"]
    assert [(one["key"], one["kind"], len(one["choices"])) for one in made] == [
        ("my_one", "one", 2), ("my_stars", "stars", 5), ("my_scale", "scale", 11), ("my_many", "many", 2),
        ("my_ranking", "ranking", 2), ("my_comment", "comment", 0), ("my_date", "date", 0),
    ]  # fmt: skip

    def press(**fields):
        page = manager.visit(f"{PATH}/questions/my_one")
        sent = {a["name"]: a.get("value", "") for a in page.all("input") if a["name"] != "required"} | {"when": "off"}
        return manager.post(f"{PATH}/questions/my_one", json=False, **sent | fields)

    press(**{"text.nb": "Min?", "choices.2.text.en": "Perhaps"}, required="yes")
    press(up="perhaps")
    press(away="yes")
    assert "“Min?”" not in manager.visit(f"{PATH}/questions/my_one").text
    assert "Offer again: Yes" in manager.visit(f"{PATH}/questions/my_one").text
    press(again="yes")

    one = of(read(manager), "my_one")
    assert (one["text"], one["when"]) == ({"en": "My one?", "nb": "Min?"}, "off")
    assert [choice["key"] for choice in one["choices"]] == ["perhaps", "no", "yes"]


def test_what_was_typed_is_kept_when_it_is_wrong_and_when_somebody_was_faster(manager):
    page = manager.visit(f"{PATH}/questions/source")
    sent = {a["name"]: a.get("value", "") for a in page.all("input")} | {"when": "signup"}
    wrong = manager.submit(f"{PATH}/questions/source", **sent | {"text.en": "Who sent you?", "text.ru": "x" * 201})
    save(manager, read(manager))
    late = manager.submit(f"{PATH}/questions/source", 409, **sent | {"text.en": "Who sent you?"})

    assert "no more than 200 characters" in wrong.text
    assert (wrong.field("text.en"), late.field("text.en")) == ("Who sent you?", "Who sent you?")
    assert "What you typed is still here" in late.text
    assert (late.field("version"), of(read(manager), "source")["text"]["en"]) == ("1", "How did you hear about us?")
    assert (
        manager.post(
            f"{PATH}/questions/source", json=False, **sent | {"version": "1", "text.en": "Who sent you?"}
        ).status_code
        == 303
    )
    assert of(read(manager), "source")["text"]["en"] == "Who sent you?"


@on_sqlite_only
def test_the_meter_counts_what_is_asked(app):
    with app.test_request_context("/"):
        few, every = BUILT_IN, questionnaires.Questionnaire(1, tuple(
            question if question.when == "signup" else questionnaires.replace(question, when="signup")
            for question in BUILT_IN.questions
        ))  # fmt: skip
        half = [time_model.of(one, "en", offers_towns=True)[0] for one in (few, every)]

    assert 40 < half[0] < 60 < half[1]


def test_each_question_says_how_many_seconds_it_adds_to_the_meter(manager):
    page = manager.visit(PATH)
    before, added = (int(re.search(found, page.text.replace("\u00a0", " "))[1]) for found in (
        r"About (\d+) s", r"Choose any · \+(\d+) s"))  # fmt: skip

    said = read(manager)
    of(said, "interests")["when"] = "signup"
    save(manager, said)

    minutes, seconds = re.search(r"About (\d+) min (\d+) s", manager.visit(PATH).text.replace("\u00a0", " ")).groups()
    assert 60 * int(minutes) + int(seconds) == pytest.approx(before + added, abs=1)


def test_a_text_that_is_missing_is_shown_in_the_shops_own_language(manager, customer_at_tablet, app):
    with app.app_context():
        shop.decide(NOON, by=at_till(), language="nb", languages="nb en ru")
    pet = PET | {"text": {"en": "Do you have a pet?", "nb": "Har du kjæledyr?"}}
    save(manager, with_own(read(manager), pet))

    assert "Har du kjæledyr?" in customer_at_tablet.visit("/?language=ru").text
    assert "Missing: “Har du kjæledyr?” is shown." in manager.visit(f"{PATH}/questions/pet?language=en").text


@on_sqlite_only
def test_a_text_is_never_markup_and_never_a_formula(manager, customer_at_tablet):
    texts = [*POLYGLOTS, *FORMULAS]
    own = [PET | {"key": f"own{n}", "when": "off", "text": {"en": text}, "why": {"en": text},
                  "choices": [{"key": "a", "text": {"en": text}}, {"key": "b", "text": {"en": text + "."}}]}
           for n, text in enumerate(texts)]  # fmt: skip
    for first in range(0, len(own), 8):
        some = [one | {"when": "signup"} for one in own[first : first + 8]]
        said = read(manager)
        kept = [one for one in said["questions"] if not one["key"].startswith("own")]
        assert save(manager, said | {"questions": [*some, *kept]}).status_code == 201
        pages = [Page(customer_at_tablet.browser.get("/")), Page(manager.browser.get(PATH)),
                 Page(manager.browser.get(f"{PATH}/questions/{some[0]['key']}"))]  # fmt: skip
        customer_at_tablet.token = None
        customer_at_tablet.sign_up(**{one["key"]: "a" for one in some})
        for page in pages:
            assert {tag for tag, _ in page.tags} & {"b", "script", "img", "iframe"} <= {"b", "script"}
            assert [a for tag, a in page.tags if any(name.startswith("on") for name in a)] == []
            assert all("src" in script for script in page.all("script"))
        assert [text for one in some if (text := one["text"]["en"]) not in pages[0].text] == []
    with manager.app.test_request_context("/"):
        today = shop.current().today()
        file = b"".join(spreadsheets.to_csv(exports.SHEETS["signups"](today, today))).decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(file)) for cell in row]
    assert [cell for cell in cells if cell.startswith(spreadsheets.FORMULA_STARTS) and not cell.startswith("+63")] == []
    assert len(cells) > 2 * len(texts)


def is_text(text: str) -> bool:
    try:
        return bool(clean(text, editing.LONGEST))
    except NotUsable:
        return False


TEXT = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=60).filter(is_text)
TEXTS = st.dictionaries(st.sampled_from(("en", "fil", "nb", "ru")), TEXT, min_size=1)
CHOICES = st.lists(st.fixed_dictionaries({"key": st.just(""), "text": TEXTS}), min_size=2, max_size=20)
OWN = st.fixed_dictionaries({
    "key": st.just(""), "kind": st.sampled_from([*kinds.READ]), "when": st.sampled_from(("signup", "later", "off")),
    "required": st.booleans(), "text": TEXTS, "why": TEXTS | st.just({}), "choices": CHOICES,
})  # fmt: skip
FIRST_ANSWER = {"comment": "Yes", "date": "02-29", "name": "Maria", "town": "Cebu"}


@on_sqlite_only
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(own=st.lists(OWN, max_size=5), order=st.randoms(use_true_random=False))
def test_whatever_can_be_saved_can_be_answered_on_the_tablet(manager, own, order):
    said = read(manager)
    kept = [one for one in said["questions"] if one["key"] in {question.key for question in BUILT_IN.questions}]
    for one in kept:
        one["when"] = "signup" if one["kind"] == "contact" else order.choice(("signup", "off", "off"))
    mixed = [*kept, *deepcopy(own)]
    order.shuffle(mixed)

    answer = save(manager, said | {"questions": mixed})

    asked = [one for one in mixed if one["when"] == "signup"]
    if len(asked) > editing.MOST_ASKED:
        assert answer.status_code == 422
        return
    assert answer.status_code == 201, answer.json
    asked = [one for one in read(manager)["questions"] if one["when"] == "signup"]
    for language in ("en", "fil", "nb", "ru"):
        customer = Customer(manager.app)
        page = Page(customer.browser.get(f"/?language={language}"))
        customer.token = page.csrf_token
        steps = [a["data-step"] for a in page.all("section") if "data-step" in a]
        assert steps[1 : 1 + len(asked)] == [one["key"] for one in asked]
        values = {(a["name"], a.get("value")) for a in page.all("input") if a.get("type") in ("radio", "checkbox")}
        for one in asked:
            assert one["kind"] == "town" or {(one["key"], choice["key"]) for choice in one["choices"]} <= values
        fields = {one["key"]: one["choices"][0]["key"] if one["choices"] else FIRST_ANSWER.get(one["kind"], "")
                  for one in asked}  # fmt: skip
        done = customer.sign_up(**fields, language=language, questionnaire=page.field("questionnaire"), phone=a_phone())
        assert done.status_code == 201, done.json
