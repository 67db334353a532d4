"""How the spreadsheet of a country reads a CSV file: what stands between cells, and the decimal mark."""

from typing import NamedTuple

from kiosk.shop import amounts, shop

SEMICOLON = {"CH", "LI"}  # a decimal point, and yet no comma between cells


class Dialect(NamedTuple):
    separator: str = ","
    decimal: str = "."


NAMED = {"comma": Dialect(), "semicolon": Dialect(";", ",")}


def of_country() -> Dialect:
    """What the Excel of the shop's country expects: a comma cannot be both the decimal mark and between cells."""
    mark = amounts.decimal_mark()
    return Dialect(";" if mark == "," or shop.current().country in SEMICOLON else ",", mark)


def chosen() -> Dialect:
    """The one that the settings name, else the country's."""
    return NAMED.get(shop.current().csv_separator) or of_country()
