"""The secrets a coupon is known by: twelve digits at the till, a link on the phone.

Digits survive every keyboard layout. The last one is a check digit (Verhoeff 1969), which catches every
wrong digit and every swap of neighbours.
"""

import base64
import secrets

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_IN_CROCKFORD = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", CROCKFORD)  # from the base 32 of RFC 4648
_FIVE_DIHEDRAL = [
    [(a + b) % 5 if a < 5 and b < 5 else
     (a + b - 5) % 5 + 5 if a < 5 else
     (a - 5 - b) % 5 + 5 if b < 5 else
     (a - b) % 5 for b in range(10)]
    for a in range(10)
]  # fmt: skip
_INVERSE = [row.index(0) for row in _FIVE_DIHEDRAL]
_TURNS = [list(range(10))]
for _ in range(7):
    _TURNS.append([(1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit] for digit in _TURNS[-1]])


def _sum(digits: str, first_place: int) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits), first_place):
        total = _FIVE_DIHEDRAL[total][_TURNS[place % 8][int(digit)]]
    return total


def check_digit(eleven: str) -> str:
    return str(_INVERSE[_sum(eleven, 1)])


def is_well_formed(code: str) -> bool:
    return len(code) == 12 and code.isascii() and code.isdigit() and _sum(code, 0) == 0


def new_code() -> str:
    """A coupon's code: 36.5 random bits and a check digit; never begins with 9."""
    eleven = f"{secrets.randbelow(9 * 10**10):011d}"
    return eleven + check_digit(eleven)


def new_card_number() -> str:
    """A customer's permanent number: the same form, beginning with 9."""
    eleven = f"9{secrets.randbelow(10**10):010d}"
    return eleven + check_digit(eleven)


def new_token() -> str:
    """The secret of a link: 130 bits in Crockford's base 32."""
    return base64.b32encode(secrets.token_bytes(17))[:26].decode().translate(_IN_CROCKFORD)


def spaced(code: str) -> str:
    """As people read it out: 7319 0455 8217."""
    return " ".join(code[i : i + 4] for i in range(0, len(code), 4))
