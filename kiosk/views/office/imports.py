"""Import a list: choose a file, say what its columns are, see what would become of it, bring it in, take it back."""

import json

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from kiosk.base.clock import now
from kiosk.base.refusals import Invalid, saying
from kiosk.coupons import offers
from kiosk.imports import bringing, columns, files, trial
from kiosk.models import ImportBatch
from kiosk.reports import cells, downloads, spreadsheets
from kiosk.views.office.room import TYPES, room
from kiosk.web.browser import signed_in, then, wants_json, whole

MOST_SHOWN = 50  # reasons on the page; the file to download has them all


@room.get("/imports", asks_again=True)
def imports():
    shown = {"batches": trial.latest(), "made": bringing.made, "named": bringing.named, "at": now()}
    return render_template("office/imports/imports.html", most_bytes=files.MOST_BYTES, **shown)


@room.post("/imports", asks_again=True, page=imports)
def upload_list():
    file = request.files.get("file")
    if not file:
        raise Invalid(file=gettext("Choose a file"))
    with saying(columns=gettext("Choose one from the list")):
        said = json.loads(request.form.get("columns") or "{}")
        if not isinstance(said, dict):
            raise ValueError(said)
    return _tried(trial.upload(file.stream, now(), by=signed_in(), said=said), 201)


def _tried(batch: ImportBatch, status: int = 200):
    if wants_json():  # every row is judged for it
        return jsonify(trial.as_dict(batch)), status
    return redirect(url_for("office.show_list", batch_id=batch.id), 303)


@room.get("/imports/<id:batch_id>", asks_again=True)
def show_list(batch_id: int):
    batch = trial.open_batch(batch_id)
    has_problems = any(batch.found[kind] for kind in ("doubled", "unusable", "partly"))
    problems = [one for one in trial.judged(batch) if one.why] if has_problems else []
    return render_template(
        "office/imports/list.html", batch=batch, offers=offers.active(), sample=trial.sample(batch_id),
        fields=columns.FIELDS,
        problems=problems[:MOST_SHOWN], more=len(problems) - MOST_SHOWN,
    )  # fmt: skip


@room.post("/imports/<id:batch_id>", asks_again=True, page=imports)
def choose_columns(batch_id: int):
    return _tried(trial.read_anew(batch_id, request.form.getlist("field")))


@room.get("/imports/<id:batch_id>/why.xlsx", asks_again=True)
def list_with_reasons(batch_id: int):
    """The rows as they are in the file, each with its number, what becomes of it, and why."""
    batch = trial.open_batch(batch_id)
    kinds = {"new": gettext("new"), "known": gettext("known already"), "doubled": gettext("twice in the list"),
             "unusable": gettext("left out")}  # fmt: skip
    names, width = [heading for heading, _ in batch.columns], len(batch.columns)
    headings = [gettext("Row"), *names, gettext("What becomes of it"), gettext("Why")]
    rows = []
    for one in trial.judged(batch):
        row = [*one.cells, *[""] * width][:width]
        rows.append((str(one.row), *row, kinds[one.kind], "; ".join(one.why)))
    sheet = spreadsheets.Sheet("list", [cells.Column(heading) for heading in headings], [rows])
    answer = Response(downloads.pieces_of(spreadsheets.to_xlsx(sheet, "")), mimetype=TYPES["xlsx"])
    answer.headers.set("Content-Disposition", "attachment", filename="list.xlsx")
    return answer


@room.post("/imports/<id:batch_id>/bring", asks_again=True, page=imports)
def bring_list(batch_id: int):
    bringing.bring(batch_id, now(), by=signed_in(), offer_id=whole(request.form.get("offer_id")))
    return then(url_for("office.imports"), made=bringing.made(batch_id))


@room.post("/imports/<id:batch_id>/undo", asks_again=True, page=imports)
def undo_list(batch_id: int):
    stay = bringing.undo(batch_id, now(), by=signed_in(), rest=request.form.get("rest") == "yes")
    return then(url_for("office.imports"), stay=stay)
