import io
import itertools
import re
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kiosk.config import ROOT
from kiosk.shop import languages

CATALOGUES = sorted(languages.CATALOGUES.glob("*/LC_MESSAGES/messages.po"))
PLACEHOLDERS = re.compile(r"%\((\w+)\)s")


def read(path):
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def asked_for(tmp_path_factory):
    """Every text the program asks for."""
    pot = tmp_path_factory.mktemp("pot") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F",
               "kiosk/translations/babel.cfg", "-k", "_l", "-o", str(pot), "."]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return {(message.context, message.id) for message in read(pot) if message.id}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_catalogue_has_every_text_and_no_other(path, asked_for):
    catalogue = {(m.context, m.id): m.string for m in read(path) if m.id}

    missing = [key for key, string in catalogue.items() if not (all(string) if isinstance(string, tuple) else string)]
    assert catalogue.keys() ^ asked_for == set()
    assert missing == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_a_translation_has_the_placeholders_of_its_text(path):
    for message in read(path):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for string in strings if message.id else ():
            assert set(PLACEHOLDERS.findall(string)) == set(PLACEHOLDERS.findall(ids[-1])), message.id


def test_no_language_is_taken_for_another():
    """A text of two words that two languages have in common was copied into the wrong one."""
    texts = {path.parts[-3]: {(m.context, m.id): m.string for m in read(path) if m.id} for path in CATALOGUES}
    same = [
        (key, one, other)
        for one, other in itertools.combinations(texts, 2)
        for key, string in texts[one].items()
        if string == texts[other][key] and string != key[1] and " " in PLACEHOLDERS.sub("", str(string)).strip()
    ]
    assert same == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_the_written_one(path):
    fresh = io.BytesIO()
    write_mo(fresh, read(path))

    assert path.with_suffix(".mo").read_bytes() == fresh.getvalue()


def test_no_template_has_a_bare_string():
    bare = {}
    for path in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"{% (set|block room).*?(%}.*?{% end\w+ %}|%})", " ", path.read_text())
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        text = re.sub(r"<[^>]*>|&\w+;", " ", text)
        words = re.findall(r"[^\W\d_]{2,}", text)
        if words:
            bare[path.name] = words
    assert bare == {}


@pytest.mark.parametrize(
    ("count", "ending"),
    [(1, "вопрос"), (2, "вопроса"), (4, "вопроса"), (5, "вопросов"), (11, "вопросов"), (21, "вопрос")],
)
def test_russian_plurals_are_right(in_shop, count, ending):
    from flask_babel import force_locale, ngettext

    with force_locale("ru"):
        text = ngettext(
            "Answer %(num)s quick question. It takes about a minute.",
            "Answer %(num)s quick questions. It takes about a minute.",
            count,
        )

    assert re.search(rf"{count} \w+ {ending}\b", text)


@pytest.mark.parametrize(
    ("language", "this_year", "next_year"),
    [("en", "31 December", "January 31, 2099"), ("fil", "Disyembre 31", "Enero 31, 2099"),
     ("nb", "31. desember", "31. januar 2099"), ("ru", "31 декабря", "31 января 2099 г.")],
)  # fmt: skip
def test_a_day_is_written_as_the_language_writes_it_and_on_one_line(in_shop, language, this_year, next_year):
    from flask_babel import force_locale

    from kiosk.shop import shop

    with force_locale(language):
        days = [languages.day(date(year, month, 31)) for year, month in ((shop.current().today().year, 12), (2099, 1))]

    assert [day.replace("\u202f", "\xa0") for day in days] == [
        day.replace(" ", "\xa0") for day in (this_year, next_year)
    ]


@pytest.mark.parametrize(
    ("language", "written"), [("en", "326,457"), ("fil", "326,457"), ("nb", "326\xa0457"), ("ru", "326\xa0457")]
)
def test_numbers_are_written_as_the_reader_does_and_on_one_line(in_shop, language, written):
    from flask_babel import force_locale

    with force_locale(language):
        assert languages.number(326457) == written
        assert " " not in languages.money(32645750)


def test_times_are_the_shops(in_shop):
    assert languages.clock(datetime(2026, 11, 21, 4, 5, tzinfo=UTC)) == "12:05"


def test_languages_known_by_another_name_are_found():
    assert [languages.known(code) for code in ("tl", "no", "nn", "nb", "xx", None)] == [
        "fil",
        "nb",
        "nb",
        "nb",
        None,
        None,
    ]
