"""What the tablet is sent, draws and shows to a camera."""

import gzip
import io
import random

import pytest
import zxingcpp
from customer import Customer
from pictures import keep
from PIL import Image, ImageEnhance, ImageFilter
from shop import IS_FULL, an_offer

from kiosk.coupons import codes, qr


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_first_load_is_light(serve, at_tablet, language):
    page, sent = at_tablet(), {}
    page.on("response", lambda answer: sent.update({answer.url: answer}))
    page.goto(f"{serve().url}/?language={language}", wait_until="networkidle")
    sizes = {url: len(gzip.compress(answer.body())) for url, answer in sent.items()}
    scripts = sum(size for url, size in sizes.items() if "/js/" in url)

    assert len(sizes) <= 25
    assert sum(sizes.values()) <= 250_000
    assert scripts <= 30_000


@pytest.mark.parametrize(("country", "sign"), [("PH", "₱"), ("RU", "₽")])
def test_money_is_drawn_in_the_shops_own_letters(serve, at_tablet, country, sign):
    shop, page = serve(KIOSK_COUNTRY=country), at_tablet()
    with shop.app.app_context():
        an_offer("amount", 10000)
    page.goto(shop.url, wait_until="networkidle")

    for place in (".medal__worth", ".hero"):
        assert sign in page.locator(place).inner_text()
        fonts = fonts_of(page, place)
        assert {(font["familyName"], font["isCustomFont"]) for font in fonts} == {("Literata", True)}, place


def fonts_of(page, place):
    wire = page.context.new_cdp_session(page)
    wire.send("DOM.enable")
    wire.send("CSS.enable")
    root = wire.send("DOM.getDocument")["root"]["nodeId"]
    node = wire.send("DOM.querySelector", {"nodeId": root, "selector": place})["nodeId"]
    return wire.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1280, 800), (1024, 768), (800, 1280)] if IS_FULL else [(800, 1280)])
def test_a_poor_camera_reads_every_code(serve, at_tablet, size):
    shop, page, luck = serve(), at_tablet(*size), random.Random(7)
    Customer(page, shop.url).signs_up()
    page.wait_for_timeout(1500)
    read = []
    for _ in range(20):
        code = codes.new_code()
        page.locator(".ticket__qr").evaluate("(box, svg) => { box.innerHTML = svg; }", str(qr.svg(code)))
        found = zxingcpp.read_barcodes(as_photographed(page.screenshot(), luck))
        read.append([one.text for one in found] == [code])

    assert read == [True] * 20


def as_photographed(screenshot, luck):
    """At 40 % of the size, 8 % out of square, with 45 % less contrast, blurred by 0.8 pixels."""
    picture = Image.open(io.BytesIO(screenshot)).convert("L")
    wide, high = (round(side * 0.4) for side in picture.size)
    picture = picture.resize((wide, high), Image.Resampling.BILINEAR)
    askew = [(x + luck.choice((0, 0.08)) * wide * (1 if x == 0 else -1), y) for x, y in corners(wide, high)]
    picture = picture.transform((wide, high), Image.Transform.PERSPECTIVE, between(corners(wide, high), askew),
                                Image.Resampling.BILINEAR, fillcolor=200)  # fmt: skip
    return ImageEnhance.Contrast(picture).enhance(0.55).filter(ImageFilter.GaussianBlur(0.8))


def corners(wide, high):
    return [(0, 0), (wide, 0), (wide, high), (0, high)]


def between(square, askew):
    """The eight numbers that take the picture's corners to where the camera sees them (Gauss-Jordan)."""
    rows = []
    for (x, y), (u, v) in zip(square, askew, strict=True):
        rows.append([u, v, 1, 0, 0, 0, -x * u, -x * v, x])
        rows.append([0, 0, 0, u, v, 1, -y * u, -y * v, y])
    for n in range(8):
        pivot = max(range(n, 8), key=lambda row: abs(rows[row][n]))
        rows[n], rows[pivot] = rows[pivot], rows[n]
        rows[n] = [value / rows[n][n] for value in rows[n]]
        for m in range(8):
            if m != n:
                rows[m] = [a - rows[m][n] * b for a, b in zip(rows[m], rows[n], strict=True)]
    return [row[8] for row in rows]


@pytest.mark.slow
def test_the_pictures_in_the_docs_are_of_today(serve, at_tablet):
    shop = serve()
    for language, screen in [("en", "name"), ("fil", "readback")]:
        page = at_tablet(1280, 800)
        her = Customer(page, shop.url, language)
        her.begin()
        her.choose()
        her.writes("city", her.city)
        if screen == "name":
            page.wait_for_timeout(400)
            her.type(her.name)
        else:
            her.writes("name", her.name)
            her.writes("contact", her.phone)
        page.wait_for_timeout(3500)
        keep(page, f"tablet-{screen}-{language}")
