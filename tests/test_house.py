"""The architecture, kept true."""

import ast
import re
import statistics
import subprocess
import sys

import pytest
from shop import on_sqlite_only
from sqlalchemy import create_engine

from kiosk import manifest
from kiosk.config import ROOT, SETTINGS
from kiosk.database import db

PACKAGE = ROOT / "kiosk"
FILES = sorted(PACKAGE.rglob("*.py"))
ROOMS = {"tablet", "phone", "till", "office", "sign_in"}
GROUND = {"database", "models", "config", "refusals", "folding", "addresses"}  # what nouns stand on
RUNNING = {"__init__", "__main__", "serve"}  # what puts everything together


def imports(path) -> set[str]:
    """The names of the package's modules that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.level:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found & {path.stem for path in FILES}


def test_rooms_do_not_know_each_other():
    for path in (PACKAGE / "views").glob("*.py"):
        assert imports(path) & ROOMS - {path.stem} == set(), path.name


def test_nouns_know_no_room_and_no_request():
    for path in PACKAGE.glob("*.py"):
        if path.stem not in RUNNING:
            assert imports(path) & (ROOMS | {"views", "doors"}) == set(), path.name
        if path.stem not in RUNNING | {"web", "languages", "shop"}:
            assert not re.search(r"from flask import .*\b(request|session)\b", path.read_text()), path.name


def test_the_ground_knows_only_the_ground():
    ground = [path for path in FILES if path.stem in GROUND or path.parent.name == "models"]
    for path in ground:
        assert imports(path) <= GROUND | {one.stem for one in ground}, path.name


def test_a_room_is_one_word_everywhere(app):
    for room in ROOMS:
        assert (ROOT / "templates" / room).is_dir(), room
        assert room in app.blueprints
    for room in ROOMS - {"sign_in"}:
        assert (ROOT / "static" / "css" / f"{room}.css").is_file(), room
        assert (ROOT / "tests" / f"test_{room}.py").is_file(), room


def test_the_manifest_has_every_route_and_no_other(app):
    found = {f"{m} {rule.rule}" for rule in app.url_map.iter_rules() for m in rule.methods - {"HEAD", "OPTIONS"}}

    assert found == manifest.ROUTES.keys()
    assert set(manifest.ROUTES.values()) == manifest.DOORS.keys()


def test_the_manifest_has_every_column_and_no_other():
    assert {str(column) for table in db.metadata.sorted_tables for column in table.c} == manifest.COLUMNS.keys()


def test_the_docs_have_the_manifest():
    assert (ROOT / "docs" / "access.md").read_text() == manifest.as_markdown()


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

    assert {path.name: n for path in FILES if (n := len(path.read_text().splitlines())) > 260} == {}
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
