"""A list on its way in, the likely doubles and the sign-up by staff: clean in four languages, narrow and wide."""

import pytest
from pictures import keep
from screens import violations
from test_journey import set_up

LIST = (
    "Our customers;;;\nName;Contact no.;Town;Birthday\nAna Cruz;0917 555 0001;Cebu;17.05.1990\n"
    "Anna Cruz;9175550001;Cebu;\n"
    "Ben Reyes;0917 555 0002, 0918 555 0002;Cebu;\nben reyes;ben@example.com;Cebu;soon\nCy Tan;9,17123E+9;Davao;\n"
)


@pytest.mark.slow
def test_lists_doubles_and_sign_up_are_clean_narrow_and_wide(serve, at_desk, tmp_path):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    (tmp_path / "list.csv").write_text(LIST)
    office.goto(f"{shop.url}/office/imports")
    office.get_by_label("File").set_input_files(tmp_path / "list.csv")
    office.get_by_role("button", name="Look at the list").click()
    office.wait_for_url("**/office/imports/1")
    look_at(office, office.url, "office-import")
    office.get_by_role("button", name="Bring them in").click()
    office.wait_for_url("**/office/imports")
    for _ in range(2):  # that wait, in one minute
        office.get_by_label("File").set_input_files(tmp_path / "list.csv")
        office.get_by_role("button", name="Look at the list").click()
        office.wait_for_url("**/office/imports/*")
        office.goto(f"{shop.url}/office/imports")

    look_at(office, f"{shop.url}/office/imports", "")
    look_at(office, f"{shop.url}/office/customers/doubles", "office-doubles")
    look_at(office, f"{shop.url}/till/signups", "till-signup")


def test_a_file_that_is_too_large_is_said_to_be_at_once(serve, at_desk, tmp_path):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    with (tmp_path / "nothing.csv").open("wb") as file:
        file.truncate(2**31)
    office.goto(f"{shop.url}/office/imports", wait_until="networkidle")  # its scripts are there
    field, sent = office.get_by_label("File"), []
    office.on("request", lambda request: sent.append(request.method))

    field.set_input_files(tmp_path / "nothing.csv")
    office.get_by_role("button", name="Look at the list").click()

    said = "This file is larger than 40 MB. Divide the list into several files"
    assert (field.evaluate("field => field.validationMessage"), sent) == (said, [])
    (tmp_path / "list.csv").write_text(LIST)
    field.set_input_files(tmp_path / "list.csv")
    office.get_by_role("button", name="Look at the list").click()
    office.wait_for_url("**/office/imports/1")


def look_at(page, url: str, name: str) -> None:
    """See a page in each language, and keep the wide English one."""
    for language in ("ru", "nb", "fil", "en"):
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{url}?language={language}")
            assert (url, language, width, violations(page)) == (url, language, width, [])
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    if name:
        keep(page, name)
