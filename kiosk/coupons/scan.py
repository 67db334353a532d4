"""What was scanned or typed at the till, read once: a coupon's code, a card, a link, a product's code, digits, words.

Scanners add to a code what they are set to (an AIM identifier like `]Q1`, a prefix, a suffix) and type as if every
keyboard were an American one.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import partial

from kiosk.coupons.codes import is_well_formed

GUESSABLE = ("coupon", "card")  # 36 random bits; a link has 130, which nobody guesses
LAST_DIGITS = 4
_LINK = re.compile(r"/C/([0-9A-Z]{26})|C([0-9A-Z]{26})\b", re.IGNORECASE)  # by physical key the slashes may be lost
_IDENTIFIER = re.compile(r"^\W[A-Za-z]\d(?=\S)")  # ISO/IEC 15424: `]`, which symbology, a modifier
_BETWEEN = r"[\s\-‐-―−.·_/]"
_NOISE = re.compile(_BETWEEN)
_APART = re.compile(rf"(?<!\d)(?:\d{{12}}|\d{{4}}{_BETWEEN}\d{{4}}{_BETWEEN}\d{{4}})(?!\d)")
_TELEPHONE = re.compile(r"\(?(\+|00)[\d\s()./-]+")


@dataclass(frozen=True)
class Scan:
    """One thing that was scanned or typed. A link may have two values, one by each keyboard."""

    kind: str  # `coupon`, `card`, `link`, `product`, `digits`, `words` or `nothing`
    values: tuple[str, ...]
    text: str  # all of it, as it was typed: it may be a phone number or a name as well
    is_product: bool = False  # it has the length and the check digit of an EAN, a UPC or a GTIN-14

    @property
    def is_code(self) -> bool:
        """Whether it has the form of something the shop gives out."""
        return self.kind in (*GUESSABLE, "link")


def read(text: str, keys: str = "") -> Scan:
    """Find the one value in what was scanned or typed; `keys` is the same input as an American keyboard would have
    typed it."""
    readings = [_IDENTIFIER.sub("", _plain(one)) for one in (text, keys)]
    whole = [digits_in(one) or "" for one in readings]
    scan = partial(Scan, text=text, is_product=any(map(_is_product, whole)))
    if tokens := dict.fromkeys(token for one in readings if (token := token_in(one))):
        return scan("link", tuple(tokens))
    code = next(filter(is_well_formed, whole), None)
    if not code and not scan.keywords["is_product"]:
        code = next(filter(None, map(_only_code_in, readings)), None)
    if code:
        return scan("card" if code.startswith("9") else "coupon", (code,))
    if scan.keywords["is_product"]:
        return scan("product", tuple(filter(_is_product, whole))[:1])
    if whole[0]:
        return scan("digits", (whole[0],))
    return scan("words", (readings[0],)) if readings[0].strip() else scan("nothing", ())


def token_in(text: str) -> str | None:
    """The token of a coupon's link, in capitals as it is stored, or None."""
    found = _LINK.search(text)
    return found and (found[1] or found[2]).upper()


def digits_in(text: str) -> str | None:
    """The digits of what was typed, in any script, without spaces and dashes; None if there is more in it."""
    bare = _NOISE.sub("", _plain(text))
    return bare if bare.isascii() and bare.isdigit() else None


def _plain(text: str) -> str:
    """NFKC, and every digit an ASCII one."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(one)) if one.isdecimal() else one for one in text)


def _is_product(digits: str) -> bool:
    """Whether these are a product's bar code: a GTIN of 8, 12, 13 or 14 digits (GS1 General Specifications, 7.9)."""
    weighed = (int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(digits)))
    return len(digits) in (8, 12, 13, 14) and sum(weighed) % 10 == 0


def _only_code_in(text: str) -> str | None:
    """The one well-formed code among other things; None when there are several, or in what may be a phone number."""
    if _TELEPHONE.fullmatch(text):
        return None
    bare = _NOISE.sub("", text)
    for found in (_APART.findall(text), [bare[start : start + 12] for start in range(len(bare) - 11)]):
        codes = {code for one in found if is_well_formed(code := _NOISE.sub("", one))}
        if codes:
            return codes.pop() if len(codes) == 1 else None
    return None
