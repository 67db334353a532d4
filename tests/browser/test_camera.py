"""Coupons held up to the till's camera, which Chromium plays from a file."""

import io
import time
from datetime import timedelta

import pytest
import qrcode
from cashier import Cashier
from conftest import FLAGS
from customer import Customer
from PIL import Image, ImageEnhance
from playwright.sync_api import expect
from shop import IS_FULL, an_offer, signed_up

from kiosk.base.clock import now
from kiosk.rewards import drafts

FRAME = (640, 480)


def as_seen(text, size, tilt=0, light=1.0):
    """A code on a phone, so many pixels wide, on a counter."""
    code = qrcode.QRCode(border=4, error_correction=qrcode.ERROR_CORRECT_H)
    code.add_data(text)
    phone = code.make_image().get_image().convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
    turned = phone.convert("RGBA").rotate(tilt, Image.Resampling.BILINEAR, expand=True)
    seen = Image.new("RGB", FRAME, (120, 104, 96))
    seen.paste(turned, ((FRAME[0] - turned.width) // 2, (FRAME[1] - turned.height) // 2), turned)
    return ImageEnhance.Brightness(seen).enhance(light)


def jpeg(picture) -> bytes:
    data = io.BytesIO()
    picture.save(data, "JPEG", quality=80)
    return data.getvalue()


@pytest.fixture
def with_a_camera(browser_type, browser_type_launch_args, tmp_path):
    """A browser whose camera sees this of a code."""
    started = []

    def with_a_camera(code, **seen):
        (tmp_path / "seen.mjpeg").write_bytes(jpeg(as_seen(code, **seen)) * 20)
        flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
                 f"--use-file-for-fake-video-capture={tmp_path / 'seen.mjpeg'}"]  # fmt: skip
        started.append(browser_type.launch(**browser_type_launch_args | {"args": FLAGS + flags}))
        return started[-1]

    yield with_a_camera
    for browser in started:
        browser.close()


@pytest.fixture
def before_a_camera(serve, with_a_camera):
    """A cashier in front of a camera that sees this of her customer's coupon."""

    def before(**seen):
        shop = serve()
        with shop.app.app_context():
            code = signed_up(now(), name="Marisol").coupon.code
        browser = with_a_camera(code, **seen)
        her = Cashier(browser.new_page(viewport={"width": 390, "height": 800}), shop)
        her.loaded = []
        her.page.on("request", lambda request: her.loaded.append(request.url.rpartition("/")[2].partition("?")[0]))
        her.opens_the_till()
        return her

    return before


SEEN = {"far": {"size": 150}, "tilted and dim": {"size": 260, "tilt": -20, "light": 0.3}}
if IS_FULL:
    SEEN |= {"tilted": {"size": 260, "tilt": 20}, "near": {"size": 400}}


@pytest.mark.parametrize("seen", SEEN.values(), ids=SEEN)
def test_the_camera_reads_a_coupon_within_two_seconds(before_a_camera, seen, record_property):
    her = before_a_camera(**seen)
    assert "qr-decode.js" not in her.loaded

    her.page.locator("[data-open]").click()
    her.page.locator("video").wait_for()
    begun = time.monotonic()
    her.sees("10% off")
    seconds = time.monotonic() - begun

    record_property("figures", f"camera, {seen}: {seconds:.2f} s")
    assert seconds <= 2
    her.page.wait_for_timeout(1500)
    assert her.posted.count(f"{her.shop.url}/till/lookups") == 1
    expect(her.page.locator("[data-result] h1")).to_be_in_viewport()
    assert "qr-decode.js" in her.loaded


def test_the_customer_may_hold_it_up_herself(before_a_camera):
    her = before_a_camera(size=260)
    her.page.locator("[data-open]").click()

    her.page.locator("[data-turn]").click()

    expect(her.page.locator("[data-turn]")).to_have_attribute("aria-pressed", "true")
    her.sees("10% off")
    her.page.locator("[data-close]").click()
    expect(her.page.locator("video")).to_be_hidden()


def test_where_there_is_no_camera_a_picture_serves(serve, on_phone, tmp_path):
    shop, page = serve(), on_phone()
    with shop.app.app_context():
        code = signed_up(now(), name="Marisol").coupon.code
    page.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    her = Cashier(page, shop)
    her.opens_the_till()
    (tmp_path / "code.jpg").write_bytes(jpeg(as_seen(code, size=200, tilt=10).resize((2560, 1920))))
    (tmp_path / "cat.jpg").write_bytes(jpeg(Image.new("RGB", FRAME, "brown")))

    expect(page.locator("[data-open]")).to_be_hidden()
    page.locator("[type=file]").set_input_files(tmp_path / "cat.jpg")
    expect(page.get_by_text("No code in this picture")).to_be_visible()
    page.locator("[type=file]").set_input_files(tmp_path / "code.jpg")

    her.sees("10% off")


def test_a_camera_that_is_refused_leaves_the_picture(serve, at_desk):
    her = Cashier(at_desk(), serve())
    her.opens_the_till()

    her.page.locator("[data-open]").click()

    expect(her.page.get_by_text("The camera is not available. Take a picture of the code instead.")).to_be_visible()
    expect(her.page.get_by_text("Take a picture of the code", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 780}], ids=str)
def test_a_friends_card_is_held_before_the_tablet(serve, with_a_camera, tmp_path, size):
    shop = serve()
    with shop.app.app_context():
        an_offer(purpose="referral", rule=drafts.USUAL["referral"], new_series=True)
        card = signed_up(now() - timedelta(days=1), name="Ana Cruz").coupon.customer.card_number
    context = with_a_camera(card, size=200).new_context(has_touch=True, viewport=size)
    her = Customer(context.new_page(), shop.url)
    her.begin()
    her.choose(nth=["window", "friend"].index("friend"))
    friend, keyboard = her.step("friend"), her.page.locator("suki-keyboard")
    expect(keyboard).to_be_visible()

    her.page.wait_for_timeout(400)
    her.tap(friend.get_by_role("button", name="Use the camera"))
    expect(friend.locator("#field-friend")).to_have_value(card)

    expect(friend.locator("video")).to_be_hidden()
    expect(keyboard).to_be_visible()
    her.tap(friend.get_by_role("button", name="Use the camera"))
    friend.locator("video").wait_for()
    her.tap(her.page.get_by_role("button", name="Continue"))
    track = "document.querySelector('video').srcObject?.getTracks().some((one) => one.readyState === 'live') ?? false"
    expect(friend).to_be_hidden()
    assert her.page.evaluate(track) is False  # nothing films on, whichever way the question was left
