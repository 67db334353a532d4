import itertools

import pytest

from kiosk.shop import theme

STEPS = [round(n * 255 / 15) for n in range(16)]
COLOURS = [f"#{red:02X}{green:02X}{blue:02X}" for red, green, blue in itertools.product(STEPS, repeat=3)]


@pytest.mark.slow
def test_any_of_4096_colours_can_be_read():
    worst = dict.fromkeys(("button", "text", "tint", "chosen", "edge", "ticket", "night"), 99.0)
    for colour in COLOURS:
        made = theme.tokens(colour)
        edge = made["accent"] if made["accent-edge"] == "transparent" else made["accent-edge"]
        grounds = (theme.PAPER, theme.TINT, theme.CARD)
        seen = {
            "button": theme.contrast(made["accent"], made["on-accent"]),
            "text": min(theme.contrast(made["accent-text"], ground) for ground in grounds),
            "tint": theme.contrast(made["accent-tint"], theme.INK),
            "chosen": theme.contrast(made["accent-tint"], made["accent-text"]),
            "edge": min(theme.contrast(edge, ground) for ground in grounds),
            "ticket": min(theme.contrast(made[ground], made["on-panel"]) for ground in ("panel", "panel-deep")),
            "night": theme.contrast(theme._moved(colour, theme.STEP, theme.DARK), theme.DARK),
        }
        worst = {name: min(value, seen[name]) for name, value in worst.items()}

    assert len(COLOURS) == 4096
    assert min(worst[name] for name in ("button", "text", "tint", "chosen", "night")) >= 7
    assert worst["ticket"] >= 4.5
    assert worst["edge"] >= 3, worst


@pytest.mark.parametrize("colour", ["#000000", "#FFFFFF", "#FFFF00", "#8A1C49"])
def test_a_colour_keeps_its_hue(colour):
    made = theme.tokens(colour)

    assert theme.css(colour).startswith(":root { --accent: ")
    if colour == "#8A1C49":
        assert made["accent"] == colour
