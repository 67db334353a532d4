import csv
import io

import pytest
from shop import NOON, a_coupon, at_till, new_id, signed_up
from test_exports import DAY, NASTY, as_kept

from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.reports import downloads, exports, spreadsheets
from kiosk.shop import dialects, shop
from kiosk.shop.dialects import Dialect

COUNTRIES = {
    "DE": (";", ","), "NO": (";", ","), "RU": (";", ","), "US": (",", "."), "PH": (",", "."), "GB": (",", "."),
    "CH": (";", "."), "BR": (";", ","), "MX": (",", "."),
}  # fmt: skip


def exported(what="visits", **kwargs):
    pieces, _ = downloads.start(exports.SHEETS[what](DAY, DAY), "csv", f"{DAY}", by=None, **kwargs)
    return b"".join(pieces).decode("utf-8-sig")


@pytest.mark.parametrize("country", COUNTRIES)
def test_a_file_opens_in_columns_in_the_excel_of_the_country(in_shop, country):
    separator, mark = COUNTRIES[country]
    coupons.redeem(a_coupon(name="A; B, C").code, new_id(), NOON, by=at_till(), amount=1250050)
    with writing():
        shop.describe(country=country, currency="EUR", time_zone="Asia/Manila")

    heads, row = csv.reader(io.StringIO(exported()), delimiter=separator)

    assert len(heads) == len(row) == 9
    assert (row[1], row[3], row[4]) == ("A; B, C", f"12500{mark}50", f"1250{mark}05")


def test_another_separator_is_remembered(in_shop):
    assert exported().startswith("Visit,Name,")

    with writing():
        shop.describe(csv_separator="semicolon")

    assert exported().startswith("Visit;Name;")
    assert dialects.chosen() == Dialect(";", ",")


def test_the_settings_decide_it(app, manager):
    assert "expects: ," in manager.visit("/office/settings").text
    manager.post("/office/settings", json=False, csv_separator="semicolon")
    assert manager.browser.get("/office/exports/signups.csv").data.decode("utf-8-sig").startswith("Signed up;Name;")
    assert manager.post("/office/settings", csv_separator="pipe").status_code == 422


@pytest.mark.parametrize("written", ",;")
@pytest.mark.parametrize("read", ",;\t")
def test_nothing_becomes_a_formula_whichever_separator_it_is_read_by(in_shop, written, read):
    tricky = [*NASTY, "a,=1+1", "a;=1+1", 'a "b",=1+1', "a, +1;-2", "x,@SUM(1)", 'b";=1+1;"']
    for text in tricky:
        signed_up(name=text, city=text)

    data = b"".join(spreadsheets.to_csv(exports.SHEETS["signups"](DAY, DAY), Dialect(written))).decode("utf-8-sig")

    phones = "+639"
    cells = [cell.strip() for row in csv.reader(io.StringIO(data), delimiter=read) for cell in row]
    assert [c for c in cells if c.startswith(spreadsheets.FORMULA_STARTS) and not c.startswith(phones)] == []
    if read == written:
        names = [row[1] for row in csv.reader(io.StringIO(data), delimiter=read)][1:]
        assert [name.replace("'", "") for name in names] == [as_kept(name).replace("'", "") for name in tricky]


@pytest.mark.parametrize(("text", "separator"), [("250,-", ";"), ("250,- ; 3", ";"), ("a, b", ";"), ("a,-1", ",")])
def test_what_begins_no_formula_stays_as_it_is(text, separator):
    assert spreadsheets.guard([text], separator) == [text]


@pytest.mark.parametrize("separator", ",;")
def test_a_formula_on_a_further_line_is_none(separator):
    assert spreadsheets.guard(["fine\n=1+1"], separator) == ["fine\n'=1+1"]
