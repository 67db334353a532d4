"""What LibreOffice makes of every list, where it is installed: the same cells, no formula, no link; CSV in columns."""

import shutil
import subprocess
from datetime import datetime

import pytest
from openpyxl import load_workbook
from shop import NOON, a_coupon, an_offer, at_till, new_id, on_sqlite_only, signed_up
from test_dialects import COUNTRIES
from test_exports import DAY, NASTY

from kiosk.base.writing import writing
from kiosk.coupons import coupons, visits
from kiosk.coupons.visits import Purchase
from kiosk.customers import feedback
from kiosk.reports import closing, downloads, exports
from kiosk.shop import shop

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")]
LISTS = ("signups", "customers", "redemptions", "visits", "feedback", "messages")
LANGUAGES = {"DE": 1031, "NO": 1044, "RU": 1049, "US": 1033}  # as Microsoft numbers them
TIMES = ("Signed up", "Customer since", "Last visit", "Coupon valid until", "Redeemed", "Visit")
NUMBERS = ("Purchase amount", "Discount", "Spent", "Visits")


@pytest.fixture
def opened(in_shop, tmp_path):
    """A shop with every nasty text in every place; gives what LibreOffice reads in the files of a folder."""
    for n, text in enumerate(NASTY):
        at, name = NOON.replace(second=n % 60, minute=n // 60), f"{text[:40]} {n}"
        an_offer("gift", 0, gift={"en": text}, new_series=True)
        customer = signed_up(at, name=text, city=text).coupon.customer
        by = at_till(name, label=name)
        visit, _ = visits.record(customer, new_id(), at, by=by, purchase=Purchase(1234_50, text, name))
        with writing():
            visit.reason, visit.discount = text, 1_05
        feedback.rate(customer, {"stars": "1", "comment": text}, at)
    an_offer(new_series=True)
    coupons.redeem(a_coupon(name="Åse; B, C").code, new_id(), NOON, by=by, amount=12500_50)

    def read(files, *options):
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/office", "--headless", *options,
                   "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "read")]  # fmt: skip
        subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=300)
        return {file: load_workbook(tmp_path / "read" / f"{file.stem}.xlsx") for file in files}

    return read


def written(folder, what, form, sheet):
    pieces, _ = downloads.start(sheet, form, f"{DAY}", by=None)
    file = folder / f"{what}.{form}"
    file.write_bytes(b"".join(pieces))
    return file


def cells_of(book):
    return [cell for page in book for row in page.iter_rows() for cell in row]


def kind(cell):
    return "number" if isinstance(cell.value, int | float) else type(cell.value)


@on_sqlite_only
def test_every_workbook_is_read_as_it_was_meant(opened, tmp_path):
    files = [written(tmp_path, what, "xlsx", exports.SHEETS[what](DAY, DAY)) for what in LISTS]
    files.append(written(tmp_path, "closing", "xlsx", closing.sheet(DAY)))

    for file, book in opened(files).items():
        ours = load_workbook(file)
        assert [cell.coordinate for cell in cells_of(book) if cell.data_type == "f" or cell.hyperlink] == []
        assert book.sheetnames == ours.sheetnames
        for mine, its in zip(cells_of(ours), cells_of(book), strict=True):
            assert (kind(its), its.value or None) == (kind(mine), mine.value or None), (file, mine.coordinate)
        assert [table.autoFilter.ref for table in book.worksheets[0].tables.values()] == [
            ours.active.tables["Table1"].ref
        ]


@on_sqlite_only
@pytest.mark.parametrize("country", LANGUAGES)
def test_csv_opens_in_columns_in_the_language_of_the_country(opened, tmp_path, country):
    with writing():
        shop.describe(country=country, time_zone="Asia/Manila")
    files = [written(tmp_path, what, "csv", exports.SHEETS[what](DAY, DAY)) for what in LISTS[:4]]

    reader = f"CSV:{ord(COUNTRIES[country][0])},34,UTF-8,1,,{LANGUAGES[country]},false,true"  # numbers are recognised
    for file, book in opened(files, f"--infilter={reader}").items():
        assert [cell.coordinate for cell in cells_of(book) if cell.data_type == "f" or cell.hyperlink] == []
        heads, *found = book.active.iter_rows(values_only=True)
        assert {len(row) for row in found} == {len(heads)}, (file, len(found))
        columns = dict(zip(heads, zip(*found, strict=True), strict=True))
        assert len(found) == (1 if file.stem == "redemptions" else len(NASTY) + 1) and None not in heads
        assert {type(value) for head in TIMES for value in columns.get(head, ()) if value} <= {datetime}
        assert {type(value) for head in NUMBERS for value in columns.get(head, ()) if value} <= {int, float}
        assert "Åse; B, C" in columns["Name"]
        assert 12500.5 in columns.get("Purchase amount", columns.get("Spent", (12500.5,)))
