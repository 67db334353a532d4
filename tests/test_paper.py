import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from people import Staffer

from kiosk.signups import signup


def numbers_on(page) -> list[int]:
    return [int(number) for number in re.findall(r"No\.\s(\d+)", page.text)]


def printed(manager, **asked):
    """The page of so many new forms."""
    return manager.visit(manager.post("/office/paper", json=False, **asked).location)


def test_every_printed_form_has_a_number_of_its_own(manager):
    manager.visit("/office/shop")
    first, again = (numbers_on(printed(manager, sheets="3", language="en")) for _ in range(2))
    narrow = numbers_on(printed(manager, size="80mm", language="en"))

    assert (first, again, narrow) == ([1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [13])


def test_two_who_print_at_once_share_no_number(app):
    def hand_out(_):
        with app.app_context():
            return signup.number_forms(2)

    with ThreadPoolExecutor(8) as threads:
        handed = [number for some in threads.map(hand_out, range(20)) for number in some]

    assert sorted(handed) == list(range(1, 41))


@pytest.mark.parametrize(("asked", "most"), [("1000", 100), ("0", 2), ("x", 2)])
def test_only_so_many_are_printed_at_once(manager, asked, most):
    assert len(numbers_on(printed(manager, sheets=asked, language="en"))) == most


def test_a_form_asks_what_the_tablet_asks_in_the_customers_language(manager):
    page = printed(manager, language="ru")

    assert page.all("html")[0]["lang"] == "ru"
    for words in ("Как вы о нас узнали?", "Вывеска или витрина", "Да, присылайте мне", "Подпись", "№\xa0" + "1"):
        assert words in page.text
    assert 'class="qr"' not in page.html


def test_a_form_leads_to_the_public_address(shop_with):
    manager = Staffer(shop_with(KIOSK_PUBLIC_URL="https://shop.example"))
    manager.sign_in()

    assert printed(manager).html.count('class="qr"') == 2


def test_who_works_at_a_till_prints_none_and_there_is_no_third_size(cashier, manager):
    assert cashier.browser.get("/office/paper").status_code == 403
    assert cashier.post("/office/paper").status_code == 403
    assert manager.post("/office/paper", size="a3").status_code == 404
    assert manager.browser.get("/office/paper").status_code == 404
