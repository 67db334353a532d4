"""The architecture, kept true."""

import ast
import re
import shutil
import statistics
import subprocess
import sys
from collections import Counter

import pytest
from shop import on_sqlite_only
from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine

from kiosk.base.database import db
from kiosk.base.personal import NOT_PERSONAL, PERSONAL, about, kept
from kiosk.config import ROOT, SETTINGS
from kiosk.web import manifest
from kiosk.web.access import DOORS, routes

PACKAGE = ROOT / "kiosk"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = {"tablet", "phone", "till", "office", "sign_in"}
# Imports go down this list and never up.
WINGS = ("views", "web", "oversight", "upkeep", "reports", "rewards", "imports", "customers", "signups", "coupons",
         "staff", "shop", "guard", "models", "migrations", "base")  # fmt: skip
# What puts everything together.
TOP = {"kiosk", "kiosk.__main__", "kiosk.commands", "kiosk.practice", "kiosk.serve", "kiosk.config"}
DOORS_TO_WRITE = {"writing", "writes", "alone"}


def name_of(path, package=PACKAGE) -> str:
    """The full name of the module in that file, like kiosk.views.office.today."""
    return ".".join(("kiosk", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")


def imports(path, package=PACKAGE) -> set[str]:
    """The full names of the package's modules that a file imports, wherever in it."""
    known, found = {name_of(one, package) for one in package.rglob("*.py")}, set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are written in full"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found & known if not any(one.startswith(f"{name}.") for one in found & known)}


def rank(module: str) -> int:
    """How low a module lies: its wing's place in the list; what puts everything together lies highest."""
    return -1 if module in TOP else WINGS.index(module.split(".")[1])


def faults(package=PACKAGE) -> list[str]:
    """Every import that goes up, or between rooms, or between pages of the office, and every write in a view."""
    found = []
    for path in sorted(package.rglob("*.py")):
        module, asked = name_of(path, package), imports(path, package)
        found += [f"{module} goes up to {one}" for one in asked if rank(one) < rank(module)]
        if module.startswith("kiosk.views.") and path.name != "__init__.py":
            found += [f"{module} knows {one}" for one in asked if is_another_room(module, one)]
            used = {node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)}
            used |= {one.rpartition(".")[2] for one in asked if one.startswith("kiosk.base.writing")}
            found += [f"{module} writes ({name})" for name in sorted(used & DOORS_TO_WRITE)]
    return found


def is_another_room(module: str, other: str) -> bool:
    """Whether both are rooms (or pages of the office) and not the same; what they share is asking and office.room."""
    shared = {"kiosk.views.asking", "kiosk.views.office.room"}
    return other.startswith("kiosk.views.") and other not in shared | {module}


def test_imports_go_down_and_rooms_do_not_know_each_other():
    assert faults() == []


@pytest.mark.parametrize(
    "file, line",
    [
        ("views/office/today.py", "from kiosk.views.office import people"),
        ("views/till.py", "from kiosk.views import tablet"),
        ("models/coupons.py", "from kiosk.coupons import offers"),
        ("shop/shop.py", "from kiosk.staff import people"),
        ("base/contacts.py", "def f():\n    from kiosk.models import Customer"),
        ("views/till.py", "from kiosk.base.writing import writing\nwith writing(): pass"),
        ("views/till.py", "import kiosk.base.writing as door\ndoor.writing()"),
    ],
)
def test_the_house_test_bites(tmp_path, file, line):
    planted = tmp_path / "kiosk"
    shutil.copytree(PACKAGE, planted, ignore=shutil.ignore_patterns("__pycache__", "translations"))
    with (planted / file).open("a") as end:
        end.write(line + "\n")

    assert len(faults(planted)) == 1


def test_no_circles():
    arrows = {name_of(path): imports(path) for path in FILES}
    while ends := {module for module, asked in arrows.items() if not asked & arrows.keys() - {module}}:
        arrows = {module: asked for module, asked in arrows.items() if module not in ends}

    assert arrows == {}


def test_wings_stay_small():
    """The office is a room of many pages, and counts as a wing of its own."""
    lines = Counter()
    for path in FILES:
        if path.parent != PACKAGE:
            inside = path.relative_to(PACKAGE).parts
            lines["office" if "office" in inside else inside[0]] += code_lines(path)

    assert {wing: n for wing, n in lines.items() if n > 1000} == {}


def code_lines(path) -> int:
    """Lines that are neither blank nor comment nor docstring."""
    text = path.read_text()
    docs = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)
    }
    lines = enumerate(text.splitlines(), 1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in docs for n, line in lines)


def test_nouns_know_no_request():
    """A noun is handed what it needs; but the language and the shop are asked for once a request."""
    asking = {"kiosk.shop.languages", "kiosk.shop.shop"}
    for path in FILES:
        module = name_of(path)
        if rank(module) > WINGS.index("web") and module not in asking:
            assert not re.search(r"from flask import .*\b(request|session)\b", path.read_text()), module


def test_a_room_is_one_word_everywhere(app):
    for room in ROOMS:
        assert (ROOT / "templates" / room).is_dir(), room
        assert room in app.blueprints
    for room in ROOMS - {"sign_in"}:
        assert (ROOT / "static" / "css" / f"{room}.css").is_file(), room
        assert (ROOT / "tests" / f"test_{room}.py").is_file(), room


@on_sqlite_only
def test_every_route_says_whom_it_opens_to(app):
    assert [route for route, door in routes(app).items() if door is None or door.to not in DOORS] == []


def test_every_column_says_whether_it_is_personal_and_how_long_it_is_kept():
    assert [str(column) for table in db.metadata.sorted_tables for column in table.c if about(column) is None] == []


@pytest.mark.parametrize(
    ("column", "table", "said"),
    [
        (Column("a", Integer), {}, None),
        (Column("a", Integer), kept("a day"), (False, "a day")),
        (Column("a", String), kept("a day"), None),
        (Column("a", String, info=NOT_PERSONAL), kept("a day"), (False, "a day")),
        (Column("a", String), kept("a day", personal=True), (True, "a day")),
        (Column("a", Integer, info=PERSONAL | {"kept": "an hour"}), kept("a day"), (True, "an hour")),
        (Column("a", String, info=PERSONAL), {}, None),
    ],
)
def test_a_column_that_says_nothing_is_found(column, table, said):
    Table("one", MetaData(), column, **table)

    assert about(column) == said


@on_sqlite_only
def test_the_docs_say_who_may_what_and_what_is_kept(app):
    assert (ROOT / "docs" / "access.md").read_text() == manifest.as_markdown(app)


def test_every_setting_stands_in_the_readme():
    readme = (ROOT / "README.md").read_text()

    for name, (default, _, sentence) in SETTINGS.items():
        assert f"| `{name}` | {f'`{default}`' if default else ''} | {sentence} |" in readme


@on_sqlite_only
def test_new_tables_are_what_the_models_say(app, tmp_path):
    with app.app_context():
        listed = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name != 'alembic_version'"
        made = set(db.session.connection().exec_driver_sql(listed).all())
    fresh = create_engine("sqlite://")
    with fresh.connect() as connection:
        db.metadata.create_all(connection)
        assert made == set(connection.exec_driver_sql(listed).all())
    fresh.dispose()


def functions():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                yield node.name, (body[-1].end_lineno - body[0].lineno + 1 if body else 0)


def test_files_and_functions_stay_small():
    lengths = sorted(length for _, length in functions())
    files = {path.relative_to(PACKAGE): len(path.read_text().splitlines()) for path in FILES}

    assert {name: n for name, n in files.items() if n > 260} == {}
    assert sorted(files.values())[int(len(files) * 0.9)] <= 200
    assert statistics.median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 20
    assert [name for name, length in functions() if length > 35] == []


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_has_nothing_to_say(command):
    done = subprocess.run([sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


def test_nothing_is_inline_in_templates():
    for path in (ROOT / "templates").rglob("*.html"):
        assert not re.search(r"<script>|<style|\sstyle=|\son\w+=\"", path.read_text()), path.name


def test_every_module_says_what_it_is():
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text())), path.name
