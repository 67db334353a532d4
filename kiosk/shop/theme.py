"""The shop's own colour, made safe: whatever it is, everything written in it or on it stays easy to read.

Hue and chroma are kept, lightness moves (OKLCH: https://www.w3.org/TR/css-color-4/#ok-lab). Contrast as in WCAG 2.2.
"""

import math
import re
from functools import lru_cache

PAPER, TINT, CARD, INK, DARK = "#FFF8EF", "#FBEDDD", "#FFFFFF", "#2B1320", "#2E1C27"
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
    _, chroma, hue = _lch(colour)
    tint = _hex(0.955, min(0.03, chroma * 0.3), hue)
    text = _moved(colour, -STEP, PAPER, TINT, CARD, tint)
    is_light = contrast(colour, CARD) < 3
    fill = _moved(colour, STEP, INK) if is_light else _moved(colour, -STEP, CARD)
    panel = text if is_light else fill
    depth, saturation, turn = _lch(panel)
    return {
        "accent": fill,
        "on-accent": INK if is_light else CARD,
        "accent-edge": INK if is_light else "transparent",
        "accent-text": text,
        "accent-tint": tint,
        "panel": panel,
        "panel-deep": _hex(depth * 0.8, saturation * 0.95, turn),
        "on-panel": CARD,
        "seal-1": _hex(0.86, min(0.08, chroma * 0.6), hue),
        "seal-2": _hex(0.93, min(0.05, chroma * 0.4), hue),
        "seal-3": _hex(0.8, min(0.1, chroma * 0.7), hue),
    }


def _rule(where: str, values: dict[str, str]) -> str:
    return f"{where} {{ " + " ".join(f"--{name}: {value};" for name, value in values.items()) + " }\n"


def _moved(colour: str, step: float, *grounds: str) -> str:
    """The nearest lightness, that way, at which the colour can be told from each ground as text from paper."""
    lightness, chroma, hue = _lch(colour)
    while min(contrast(colour, ground) for ground in grounds) < TEXT:
        lightness += step
        colour = _hex(min(1.0, max(0.0, lightness)), chroma, hue)
    return colour


def _linear(colour: str) -> list[float]:
    values = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def _luminance(colour: str) -> float:
    return sum(part * value for part, value in zip((0.2126, 0.7152, 0.0722), _linear(colour), strict=True))


def _lch(colour: str) -> tuple[float, float, float]:
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _hex(lightness: float, chroma: float, hue: float) -> str:
    """The nearest colour a screen has: chroma gives way."""
    while True:
        values = _rgb(lightness, chroma * math.cos(hue), chroma * math.sin(hue))
        if chroma < 0.002 or all(-0.0005 < value < 1.0005 for value in values):
            return "#" + "".join(f"{round(255 * _gamma(min(1, max(0, value)))):02X}" for value in values)
        chroma *= 0.96


def _rgb(lightness: float, a: float, b: float) -> tuple[float, float, float]:
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.707614701 * short,
    )


def _gamma(value: float) -> float:
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
