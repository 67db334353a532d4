"""Questions: what customers are asked at the sign-up, later, and in further forms, in which order and words; and what
was filled in of those forms."""

from flask import abort, g, jsonify, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.base.forms import Form
from kiosk.coupons import offers
from kiosk.shop import languages, shop
from kiosk.signups import editing, kinds, questionnaires, submissions, time_model, towns
from kiosk.signups.built_in_questions import FORMS, TITLES
from kiosk.signups.questionnaire import Question, Questionnaire, in_every_language
from kiosk.views import asking
from kiosk.views.office.room import room
from kiosk.web.browser import signed_in, then, wants_json, whole

FORM = f"/forms/<any({','.join(questionnaires.NAMES)}):name>"
EMPTY_ROWS = 2  # for further answers to choose from


@room.get(FORM, endpoint="questions")
def show_questions(name: str):
    asked = questionnaires.current(name)
    if wants_json():
        return jsonify(asked.as_dict())
    people = {"language": shop.current().language, "offers_towns": bool(towns.offered())}
    half, most = time_model.of(asked, **people)
    return render_template(
        "office/questions/questions.html", questionnaire=asked, saved=questionnaires.newest_row(name), kinds=kinds.READ,
        half=half, most=most, added={one.key: time_model.added(one, **people) for one in asked.questions},
        languages=languages.every(), titles=TITLES, gives=submissions.series_of,
        offered={one: submissions.offered(one) for one in FORMS},
        coupons=[(one.series_id, offers.worth(one)) for one in offers.listed() if one.id and not one.stopped_at],
    )  # fmt: skip


@room.post(FORM)
def save_questions(name: str):
    """Save all questions at once, as JSON."""
    return jsonify(version=editing.save(name, request.get_json(silent=True), now(), by=signed_in()).version), 201


@room.post(f"{FORM}/undo")
def undo_questions(name: str):
    g.page = lambda: show_questions(name)
    return _done(editing.undo(name, whole(request.form.get("version")), now(), by=signed_in()))


@room.get(f"{FORM}/questions/<key>", endpoint="question")
def show_question(name: str, key: str):
    """One question with all its words; `new` is a further one, of the kind that is asked for."""
    said = questionnaires.current(name).as_dict()
    place, ever = _place_of(key, said["questions"]), questionnaires.ever(name).get(key)
    stored = said["questions"][place]
    question = _typed(stored, ever) if request.method == "POST" else stored
    offered = {choice["key"] for choice in question["choices"]}
    return render_template(
        "office/questions/question.html", question=question, key=key, version=said["version"], name=name,
        place=f"questions.{place}.", away=[one for one in (ever.choices if ever else ()) if one.key not in offered],
        has_choices=question["kind"] in editing.WITH_CHOICES, empty_rows=EMPTY_ROWS, longest=editing.LONGEST,
        languages=languages.every(),
    )  # fmt: skip


@room.post(f"{FORM}/questions/<key>/preview")
def preview_question(name: str, key: str):
    """The question as it was typed, on the tablet's own screen; nothing is kept."""
    said, ever = questionnaires.current(name).as_dict()["questions"], questionnaires.ever(name).get(key)
    typed = Questionnaire.from_dict({"version": 0, "questions": [_typed(said[_place_of(key, said)], ever)]})
    facts = asking.asked(None, name=name) | {"questions": typed.questions, "operation_id": ""}
    return render_template("office/questions/preview.html", **facts)


@room.post(f"{FORM}/questions/<key>")
def save_question(name: str, key: str):
    """Save one question with what the form says of it: its words, when it is asked, or its place."""
    form, version = request.form, whole(request.form.get("version"))
    g.page = lambda: show_question(name, key) if "words" in form else show_questions(name)
    said = questionnaires.of(version, name).as_dict() | {"version": version}
    place = _place_of(key, said["questions"])
    said["questions"][place] = _typed(said["questions"][place], questionnaires.ever(name).get(key))
    _move(said["questions"], key, form.get("move"))
    saved = editing.save(name, said, now(), by=signed_in())
    stays = key != "new" and {*form} & {"up", "down", "away", "again"}
    return _done(saved, url_for("office.question", name=name, key=key, saved=saved.version) if stays else "", place=key)


def _done(saved, path: str = "", place: str = ""):
    page = url_for("office.questions", name=saved.name, saved=saved.version, _anchor=place and f"at-{place}")
    return then(path or page, 201, version=saved.version)


def _place_of(key: str, questions: list[dict]) -> int:
    """Where the question of that key stands. For `new` one without words is added, before those that are personal: taps
    come first. Aborts with 404."""
    keys = [one["key"] for one in questions]
    if key == "new" and (kind := request.values.get("kind")) in kinds.READ:
        place = next((n for n, one in enumerate(questions) if one["kind"] not in kinds.READ), len(questions))
        new = {"key": "", "kind": kind, "when": "signup", "required": False, "text": {}, "why": {}, "choices": []}
        questions.insert(place, new)
        return place
    return keys.index(key) if key in keys else abort(404)


def _typed(stored: dict, ever: Question | None) -> dict:
    """The question as the form says it shall be; what the form does not ask stays as it was."""
    form = request.form
    said = stored | {"when": form.get("when", stored["when"])}
    if "words" in form:
        said |= {"text": _words("text"), "why": _words("why"), "required": "required" in form}
        said["choices"] = _choices(ever)
    return said


def _words(name: str) -> dict[str, str]:
    return {code: text for code in languages.codes() if (text := request.form.get(f"{name}.{code}", "").strip())}


def _choices(ever: Question | None) -> list[dict]:
    """The choices in the rows of the form, one of them perhaps moved, taken away, or offered again."""
    form, numbers = request.form, range(editing.MOST_CHOICES + EMPTY_ROWS)
    rows = [{"key": form.get(f"choices.{n}.key", ""), "text": _words(f"choices.{n}.text")} for n in numbers]
    rows = [row for row in rows if (row["key"] or row["text"]) and row["key"] != form.get("away", "-")]
    again = [choice for choice in (ever.choices if ever else ()) if choice.key == form.get("again")]
    rows += [{"key": choice.key, "text": in_every_language(choice.text)} for choice in again]
    for way in ("up", "down"):
        _move(rows, form.get(way), way)
    return rows


def _move(rows: list[dict], key: str | None, way: str | None) -> None:
    """Move a row one up or down, past those that are asked at another time."""
    here = next((n for n, row in enumerate(rows) if row["key"] == key), None)
    if here is None or way not in ("up", "down"):
        return
    places = range(here - 1, -1, -1) if way == "up" else range(here + 1, len(rows))
    there = next((n for n in places if rows[n].get("when") == rows[here].get("when")), None)
    if there is not None:
        rows[here], rows[there] = rows[there], rows[here]


@room.post("/forms", endpoint="offer_form")
def offer_form():
    """Say where a form is offered, and which coupon it gives; what is not sent stays."""
    with Form(request.form) as form:
        name = form.choice("form", FORMS, required=True)
        where = form.choice("offered", submissions.OFFERED)
        known = {"0", *(str(one.series_id) for one in offers.listed())}
        series = form.choice("series", known)
    where, series = where or submissions.offered(name), int(series or submissions.series_of(name))
    submissions.decide(name, where, series, now(), by=signed_in())
    return redirect(url_for("office.questions", name="welcome", _anchor="forms"), 303)


@room.get("/submissions", endpoint="submissions")
def show_submissions():
    name = request.args.get("form", "")
    found = submissions.newest(name if name in FORMS else "", before=whole(request.args.get("before")))
    return render_template(
        "office/questions/submissions.html", submissions=found, page=submissions.PAGE, titles=TITLES,
        asked=questionnaires.of, birthday=languages.birthday, today=shop.current().today(),
    )  # fmt: skip


@room.post("/submissions/<id:submission_id>")
def set_submission_state(submission_id: int):
    with Form(request.form) as form:
        state = form.choice("state", ("new", "done"), required=True)
    submissions.set_state(submission_id, is_done=state == "done", at=now(), by=signed_in())
    return redirect(url_for("office.submissions", form=request.args.get("form"), _anchor=f"at-{submission_id}"), 303)
