"""QR codes: small, black on white, as strong as their size allows."""

import io
from functools import lru_cache

import qrcode
from markupsafe import Markup
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

QUIET_ZONE = 4  # modules, ISO/IEC 18004


def _code(text: str) -> qrcode.QRCode:
    """The smallest code for the text, then with the most correction that it has room for."""
    best = None
    for level in (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H):
        code = qrcode.QRCode(error_correction=level, border=QUIET_ZONE)
        code.add_data(text, optimize=0)
        version = code.best_fit()
        if best and version > best.version:
            break
        best = code
    best.make(fit=False)
    return best


@lru_cache(maxsize=256)
def svg(text: str) -> Markup:
    """The code as inline SVG with its quiet zone; one path, one module a unit."""
    rows = _code(text).get_matrix()
    size = len(rows)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark)
    return Markup(
        f'<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="QR" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def terminal(text: str) -> str:
    """The code in half blocks for a terminal: light modules are drawn, on its own black background."""
    drawn = io.StringIO()
    _code(text).print_ascii(drawn, invert=True)
    return drawn.getvalue()
