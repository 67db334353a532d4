"""Pictures of screens: kept for the README, and read as a scanner would."""

import io
import os
from pathlib import Path

import zxingcpp
from PIL import Image

DOCS = Path(__file__).resolve().parents[2] / "docs"


def keep(page, name: str, longest: int = 1280) -> None:
    """Save the screen into docs/, small enough to be committed; in CI, where nobody commits it, it is not made."""
    if os.environ.get("CI"):
        return
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.thumbnail((longest, longest))
    picture.quantize(128, dither=Image.Dither.NONE).save(DOCS / f"{name}.png", optimize=True)


def qr_in(page, scale: float = 0.4) -> str:
    """What a camera reads off the screen, from that many pixels of it."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("L")
    small = picture.resize((round(picture.width * scale), round(picture.height * scale)), Image.Resampling.BILINEAR)
    found = zxingcpp.read_barcodes(small)
    assert [code.format for code in found] == [zxingcpp.BarcodeFormat.QRCode], "one QR code should be in sight"
    return found[0].text
