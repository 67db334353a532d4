"""Whatever the editor can save is answered on the tablet and printed on paper, with nothing cut off or out of reach."""

from random import Random

import pytest
from customer import GUARD, Customer
from screens import SIZES
from shop import IS_FULL, a_phone, at_till
from test_journey import set_up
from test_paper_forms import CUT

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.models import Signup
from kiosk.signups import editing, kinds, questionnaires

WORDS = (
    "how often do you visit us Hvilke tilbud liker du aller best Gaano kadalas bumibisita Рекомендательное "
    "электрооборудование Donaudampfschifffahrtsgesellschaft さくら営業時間 👩‍👩‍👧🙂 שלום مرحبا Łódź <b>&amp; %s {x} "
    "W" * 1
).split()
LANGUAGES = ("en", "fil", "nb", "ru")
# What is cut off, leaves the screen to a side, or lies under the foot where nobody can scroll to it.
HIDDEN = """(step) => {
  const foot = [...document.querySelectorAll(".kiosk__foot, .keyboard--letters")].find((one) => one.checkVisibility());
  const is_below = (one) => {
    let { bottom } = one.getBoundingClientRect();
    for (let box = one; box; box = box.parentElement) {
      const { overflowY } = getComputedStyle(box);
      const end = box.getBoundingClientRect().bottom;
      const is_longer = box === one && box.scrollHeight > box.clientHeight + 2;
      if (["hidden", "clip"].includes(overflowY) && (bottom > end + 1 || is_longer)) return true;
      if (["auto", "scroll"].includes(overflowY)) bottom = Math.min(bottom, end); // she scrolls here
    }
    return bottom > (foot?.getBoundingClientRect().top ?? innerHeight) + 1;
  };
  const texts = step.querySelectorAll("h2, p, label, .option__text, textarea, input.field__box");
  const is_hidden = (one) => {
    const { left, right, width } = one.getBoundingClientRect();
    const is_box = one.matches("input, textarea") || getComputedStyle(one).display === "inline";
    return width > 1 && (left < -1 || right > innerWidth + 1 || (!is_box && one.scrollWidth > one.clientWidth + 1)
      || is_below(one));
  };
  const found = [step, ...texts].filter((one) => one.checkVisibility() && is_hidden(one));
  return found.map((one) => `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 40)}`);
}"""


def a_text(dice, most) -> str:
    text = " ".join(dice.choices(WORDS, k=dice.choice((1, 3, 8, 40))))
    return dice.choice((text, "M" * 60, text))[:most].strip()


def texts(dice, most) -> dict[str, str]:
    return {code: a_text(dice, most) for code in dice.sample(LANGUAGES, dice.randint(1, 4))}


def a_question(dice) -> dict:
    count = dice.choice((2, 5, 9, editing.MOST_CHOICES))
    choices = [{"key": "", "text": texts(dice, editing.LONGEST)} for _ in range(count)]
    said = {"key": "", "kind": dice.choice([*kinds.READ]), "when": "signup", "required": dice.random() < 0.5}
    return said | {"text": texts(dice, editing.LONGEST), "why": texts(dice, editing.LONGEST), "choices": choices}


def answer(page, question) -> None:
    step = page.locator(f"[data-step={question.key}]")
    match question.kind:
        case "one" | "stars" | "scale":
            return step.locator("label").last.tap()
        case "many" | "ranking":
            step.locator("label").last.tap()
        case "comment":
            step.locator("textarea").fill("Yes")
        case "date":
            step.locator("label:visible").first.tap()
            step.locator("label:visible").last.tap()
        case "name":
            step.locator("input").fill("Maria")
        case "contact":
            step.locator("#field-phone").fill(a_phone())
    if step.is_visible():
        page.locator("button[data-go=next]").tap()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60 if IS_FULL else 2))
def test_whatever_can_be_saved_is_answered_with_nothing_cut_off(serve, at_tablet, at_desk, seed):
    dice, shop, office = Random(seed), serve(), at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.test_request_context("/"):
        said = questionnaires.current().as_dict()
        kept = [one | {"when": "signup" if one["key"] in ("name", "contact") else "off"} for one in said["questions"]]
        own = [a_question(dice) for _ in range(dice.randint(1, 4))]
        saved = editing.save("welcome", said | {"questions": [*own, *kept]}, now(), by=at_till())
    language, size, found = LANGUAGES[seed % 4], SIZES[seed % 3], {}
    page = at_tablet(*size)
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{shop.url}/?language={language}")
    for question in saved.asked():
        page.locator(f"[data-step={question.key}]").wait_for()
        page.wait_for_timeout(GUARD)
        found[question.key] = page.locator(f"[data-step={question.key}]").evaluate(HIDDEN)
        answer(page, question)
    page.locator("[data-step=readback]").wait_for()
    page.wait_for_timeout(GUARD)
    Customer(page, shop.url, language).gets_coupon()

    office.emulate_media(media="print")
    office.goto(f"{shop.url}/office/paper?size={('a4', '80mm')[seed % 2]}&language={language}&first=1&last=1")
    found["paper"] = office.evaluate(CUT)

    assert {key: what for key, what in found.items() if what} == {}
    with shop.app.app_context():
        assert [row.questionnaire_version for row in db.session.query(Signup)] == [saved.version]
