"""The shop's own colour, made safe: whatever it is, everything written in it or on it stays easy to read.

Hue and saturation are kept, lightness moves (HLS). Contrast as in WCAG 2.2.
"""

import colorsys
import re
from functools import lru_cache

PAPER, TINT, CARD, INK, DARK = "#FFF8EF", "#FBEDDD", "#FFFFFF", "#2B1320", "#2E1C27"
USUAL = "#8A1C49"  # that of tokens.css; a shop that has it has said none
TEXT = 7.0  # the contrast of everything that is read
STEP = 0.01


def is_colour(text: str) -> bool:
    """Whether it is written like #8A1C49."""
    return re.fullmatch("#[0-9A-Fa-f]{6}", text) is not None


def contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def css(colour: str) -> str:
    """A style sheet that sets the tokens of tokens.css; `colour` like #8a1c49."""
    night = _moved(colour, STEP, DARK)
    return _rule(":root", tokens(colour)) + (
        "@media (prefers-color-scheme: dark) {" + _rule(":root .phone", {"accent-text": night}) + "}\n"
    )


@lru_cache
def tokens(colour: str) -> dict[str, str]:
    """The tokens that are derived from the colour. A light one (yellow, sky) is written on in ink, inside an edge."""
    hue, _, saturation = _hls(colour)
    tint = _hex(hue, 0.95, saturation)
    text = _moved(colour, -STEP, PAPER, TINT, CARD, tint)
    is_light = contrast(colour, CARD) < 3
    fill = _moved(colour, STEP, INK) if is_light else _moved(colour, -STEP, CARD)
    panel = text if is_light else fill
    deep = _hls(panel)[1] * 0.75
    return {
        "accent": fill,
        "on-accent": INK if is_light else CARD,
        "accent-edge": INK if is_light else "transparent",
        "accent-text": text,
        "accent-tint": tint,
        "panel": panel,
        "panel-deep": _hex(hue, deep, saturation),
        "on-panel": CARD,
    }


def _rule(where: str, values: dict[str, str]) -> str:
    return f"{where} {{ " + " ".join(f"--{name}: {value};" for name, value in values.items()) + " }\n"


def _moved(colour: str, step: float, *grounds: str) -> str:
    """The nearest lightness, that way, at which the colour can be told from each ground as text from paper."""
    hue, lightness, saturation = _hls(colour)
    while min(contrast(colour, ground) for ground in grounds) < TEXT:
        lightness = min(1.0, max(0.0, lightness + step))
        colour = _hex(hue, lightness, saturation)
    return colour


def _parts(colour: str) -> list[float]:
    return [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in _parts(colour))
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _hls(colour: str) -> tuple[float, float, float]:
    return colorsys.rgb_to_hls(*_parts(colour))


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(255 * part):02X}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
