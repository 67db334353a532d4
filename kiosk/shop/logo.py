"""The shop's logo: a PNG, written anew, so that its picture is kept and nothing else that came in the file."""

import base64
import hashlib
import struct
import zlib
from collections.abc import Iterator

from flask_babel import gettext

from kiosk.base.refusals import Invalid
from kiosk.shop import shop

MOST_BYTES, MOST_SIDE = 200_000, 2000  # pixels: unpacked, a picture takes up to eight bytes for each
PNG = b"\x89PNG\r\n\x1a\n"
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a pixel, by the type of colour (W3C PNG, 11.2.1)
KEPT = b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"


def read(file) -> dict[str, str]:
    """The picture that was sent, if one was, as settings. Raises Invalid."""
    data = file.read(MOST_BYTES + 1) if file and file.filename else b""
    if not data:
        return {}
    try:
        picture = _written_anew(data)
    except (ValueError, zlib.error):
        raise Invalid(logo=gettext("Choose a PNG image of up to 200 kB")) from None
    return {shop.LOGO: base64.b64encode(picture).decode(), "logo": hashlib.sha256(picture).hexdigest()[:12]}


def _written_anew(data: bytes) -> bytes:
    """The same picture, packed again, with nothing beside it. Raises ValueError or zlib.error;
    Invalid when it is too large."""
    chunks = dict.fromkeys(KEPT, b"")
    for kind, body in _chunks(data):
        if kind in chunks:
            chunks[kind] += body
    if len(data) > MOST_BYTES or len(chunks[b"IHDR"]) != 13:
        raise ValueError("no PNG")
    wide, high, depth, colour, *ways = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    if max(wide, high) > MOST_SIDE:
        raise Invalid(logo=gettext("Choose an image of up to 2,000 × 2,000 pixels"))
    if any(ways) or not wide * high or depth not in (1, 2, 4, 8, 16) or colour not in SAMPLES:
        raise ValueError("not the plain way to keep pixels")
    size = high * (1 + (wide * depth * SAMPLES[colour] + 7) // 8)
    pixels = zlib.decompressobj().decompress(chunks[b"IDAT"], size + 1)  # no more is ever unpacked
    if len(pixels) != size:
        raise ValueError("more or fewer pixels than it says")
    chunks[b"IDAT"] = zlib.compress(pixels, 9)
    written = (kind + body for kind, body in chunks.items() if body or kind == b"IEND")
    return PNG + b"".join(struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in written)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Every chunk of the file up to its end, each as it was written. Raises ValueError."""
    at, kind = len(PNG), b""
    while kind != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4])
        kind = data[at + 4 : at + 8]
        is_whole = zlib.crc32(data[at + 4 : end]) == int.from_bytes(data[end : end + 4])
        if not (kind and is_whole and data.startswith(PNG)):
            raise ValueError("broken")
        yield kind, data[at + 8 : end]
        at = end + 4
