"""Questions: what customers are asked at the sign-up and what later, in which order and in which words."""

from flask import abort, g, jsonify, redirect, render_template, request, url_for

from kiosk.base.clock import now
from kiosk.shop import languages, shop
from kiosk.signups import editing, kinds, questionnaires, rules, time_model, towns
from kiosk.signups.questionnaire import in_every_language
from kiosk.views.office.room import room
from kiosk.web.access import signed_in
from kiosk.web.answers import wants_json, whole

PEOPLE = 600  # whose time is worked out for the meter
EMPTY_ROWS = 2  # for further answers to choose from


@room.get("/forms/welcome", endpoint="questions")
def show_questions():
    asked = questionnaires.current()
    if wants_json():
        return jsonify(asked.as_dict())
    taken = time_model.times(asked, shop.current().language, is_tapped=bool(towns.offered()), people=PEOPLE)
    return render_template(
        "office/questions/questions.html", questionnaire=asked, saved=questionnaires.newest_row(), kinds=kinds.READ,
        half=time_model.at(taken, 0.5), most=time_model.at(taken, 0.9), languages=languages.offered(),
    )  # fmt: skip


@room.post("/forms/welcome")
def save_questions():
    """Save all questions at once, as JSON."""
    return jsonify(version=editing.save(request.get_json(silent=True), now(), by=signed_in()).version), 201


@room.post("/forms/welcome/undo")
def undo_questions():
    g.page = show_questions
    return _done(editing.undo(whole(request.form.get("version")), now(), by=signed_in()))


@room.get("/forms/welcome/<key>", endpoint="question")
def show_question(key: str):
    """One question with all its words; `new` is a further one, of the kind that is asked for."""
    asked = questionnaires.current()
    stored = _stored(key, asked.as_dict())
    shown = _typed(stored) if request.method == "POST" else stored
    keys = [question.key for question in asked.questions]
    ever = questionnaires.ever().get(key)
    offered = {choice["key"] for choice in shown["choices"]}
    return render_template(
        "office/questions/question.html", question=shown, key=key, version=asked.version,
        place=f"questions.{keys.index(key) if key in keys else len(keys)}.", languages=languages.offered(),
        away=[choice for choice in (ever.choices if ever else ()) if choice.key not in offered],
        empty_rows=EMPTY_ROWS, has_choices=shown["kind"] in rules.WITH_CHOICES, longest=rules.LONGEST,
    )  # fmt: skip


@room.post("/forms/welcome/<key>")
def save_question(key: str):
    """Save one question with what the form says of it: its words, when it is asked, or its place."""
    form, is_short = request.form, "words" not in request.form
    g.page = show_questions if is_short else lambda: show_question(key)
    said = questionnaires.of(whole(form.get("version"))).as_dict() | {"version": whole(form.get("version"))}
    stored = _stored(key, said)
    if stored not in said["questions"]:
        said["questions"].append(stored)
    said["questions"] = [_typed(one) if one is stored else one for one in said["questions"]]
    _move(said["questions"], key, form.get("move"))
    saved = editing.save(said, now(), by=signed_in())
    stays = {*form} & {"up", "down", "away", "again"}
    return _done(saved, url_for("office.question", key=key) if stays and key != "new" else "", place=key)


def _done(saved, path: str = "", place: str = ""):
    if wants_json():
        return jsonify(version=saved.version), 201
    return redirect(path or url_for("office.questions", saved=saved.version, _anchor=place and f"at-{place}"), 303)


def _stored(key: str, said: dict) -> dict:
    """The question of that key; for `new` one without words. Aborts with 404."""
    if key != "new":
        return next((one for one in said["questions"] if one["key"] == key), None) or abort(404)
    kind = request.values.get("kind")
    new = {"key": "", "kind": kind, "when": "signup", "required": False, "text": {}, "why": {}, "choices": []}
    return new if kind in kinds.READ else abort(404)


def _typed(stored: dict) -> dict:
    """The question as the form says it shall be; what the form does not ask stays as it was."""
    form = request.form
    said = stored | {"when": form.get("when", stored["when"])}
    if "words" in form:
        said |= {"text": _words("text"), "why": _words("why"), "required": "required" in form}
        said["choices"] = _choices(stored)
    return said


def _words(name: str) -> dict[str, str]:
    return {code: text for code in languages.codes() if (text := request.form.get(f"{name}.{code}", "").strip())}


def _choices(stored: dict) -> list[dict]:
    """The choices in the rows of the form, one of them perhaps moved, taken away, or offered again."""
    form, numbers = request.form, range(rules.MOST_CHOICES + EMPTY_ROWS)
    rows = [{"key": form.get(f"choices.{n}.key", ""), "text": _words(f"choices.{n}.text")} for n in numbers]
    rows = [row for row in rows if (row["key"] or row["text"]) and row["key"] != form.get("away", "-")]
    ever = questionnaires.ever().get(stored["key"])
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
