"""What the next customer finds of the one before: nothing. With the back/forward cache on, as in the shop."""

import sqlite3

import pytest
from conftest import FLAGS
from customer import Customer
from get_tools import found
from shop import IS_FULL

PEOPLE, WANDERS = (9, 10) if IS_FULL else (2, 3)  # of each person there are seven strings
SEEN = """async () => [
  document.documentElement.outerHTML, document.title, location.href,
  ...[...document.querySelectorAll('input, textarea')].map((field) => field.value),
  JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }),
  JSON.stringify(history.state), document.cookie,
  JSON.stringify(await indexedDB.databases()),
  ...(await Promise.all((await caches.keys()).map(async (name) => {
    const cache = await caches.open(name);
    const kept = (await cache.keys()).map(async (key) => key.url + await (await cache.match(key)).text());
    return (await Promise.all(kept)).join();
  }))),
].join('\\n')"""
SIZE = {"width": 1280, "height": 800}
KEPT_ON = ["--disable-back-forward-cache"]  # what browser automation adds, and a shop's tablet has not


@pytest.fixture
def profile(playwright, tmp_path, watched):
    """A browser that keeps what a browser keeps: pages, forms, passwords."""
    opened = []

    def profile():
        folder = tmp_path / f"profile{len(opened)}"
        how = {"args": FLAGS, "ignore_default_args": KEPT_ON, "has_touch": True, "is_mobile": True}
        how |= {"executable_path": found()} if found() else {}
        opened.append(watched(playwright.chromium.launch_persistent_context(folder, viewport=SIZE, **how)))
        return opened[-1], folder

    yield profile
    for context in opened:
        context.close()


class Canary(Customer):
    """One whose every word can be told from all others."""

    def __init__(self, page, url, number=0):
        super().__init__(page, url)
        letters = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03d}")
        self.strings = {"city": f"Canarycity{letters}", "name": f"Canaryname{letters}", "phone": f"0917555{number:04d}"}

    def __getattr__(self, name):
        return self.strings[name]

    def writes(self, key, text, seconds_of=None):
        self.step(key).wait_for()
        self.page.wait_for_timeout(400)
        self.step(key).locator(".field__box:visible").fill(text)
        self.goes_on()
        self.step(key).wait_for(state="hidden")

    def everything(self, code) -> list[str]:
        phone = self.strings["phone"]
        spaced = f"{code[:4]}\u00a0{code[4:8]}\u00a0{code[8:]}"
        return [*self.strings.values(), phone[1:], code, spaced, f"{phone[1:4]} {phone[4:7]} {phone[7:]}"]


def traces(page, strings) -> list[str]:
    if page.url == "about:blank":
        return []
    seen = page.evaluate(SEEN)
    return [string for string in strings if string in seen]


def wander(page, times=10):
    """Back and forth, as far as there is anything."""
    for step in [page.go_back] * times + [page.go_forward] * times:
        step(timeout=4000)
        page.wait_for_load_state()
        yield


def people(page, url, count):
    for number in range(count):
        her = Canary(page, url, number)
        code = her.signs_up()
        yield her.everything(code)
        her.tap(page.get_by_role("button", name="Done"))
        page.wait_for_selector(".languages:visible")


def test_nothing_is_left_for_the_next_customer(serve, profile, caplog):
    context, _ = profile()
    page, shop, sent = context.pages[0], serve(), []
    page.on("request", lambda request: sent.append(f"{request.url} {request.headers.get('referer')}"))
    strings = [string for each in people(page, shop.url, PEOPLE) for string in each]
    assert len(strings) == 7 * PEOPLE

    assert traces(page, strings) == []
    for _ in wander(page, times=WANDERS):
        assert traces(page, strings) == []
    page.reload()
    assert traces(page, strings) == []
    page.close()
    reopened = context.new_page()
    reopened.goto(shop.url)
    assert traces(reopened, strings) == []
    assert [string for string in strings if string in "".join(sent) + caplog.text] == []


# The answer to a tally is not to be stored, after which Chromium, as a rule, keeps nothing of the page: here it shall.
SAYS = """
const send = fetch;
window.fetch = (...what) => what[0] === '/tallies' ? Promise.resolve(new Response()) : send(...what);
addEventListener('pageshow', ({ persisted }) => {
  const typed = [...document.querySelectorAll('input')].map((field) => field.value);
  if (persisted) console.log('KEPT ' + document.body.innerText + typed);
})"""


def test_who_leaves_in_the_middle_leaves_nothing_either(serve, profile):
    context, _ = profile()
    page, shop, kept = context.pages[0], serve(), []
    page.on("console", lambda message: kept.append(message.text))
    page.add_init_script(SAYS)
    page.goto(shop.url)
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")  # until it is there, no page is kept
    her = Canary(page, shop.url)
    her.begin()
    her.choose()
    her.writes("city", her.city)
    her.writes("name", her.name)
    page.goto(f"{shop.url}/healthz")
    page.go_back()
    page.wait_for_selector(".languages:visible")

    assert traces(page, [her.city, her.name]) == []
    assert [text for text in kept if her.city in text or her.name in text] == []
    assert [text[:4] for text in kept if text.startswith("KEPT")] == [
        "KEPT"
    ]  # the browser did keep the page, or this would prove nothing


@pytest.mark.slow
def test_the_browsers_own_stores_are_empty(serve, profile):
    context, folder = profile()
    shop = serve()
    everybody = people(context.pages[0], shop.url, 20 if IS_FULL else 3)
    strings = [string for each in everybody for string in each]
    context.close()

    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}  # cache, history, sessions, all
    assert any(shop.url.encode() in what for what in kept.values())
    spelled = [string.encode(coding) for string in strings for coding in ("utf-8", "utf-16-le")]
    assert [path for path, what in kept.items() if any(string in what for string in spelled)] == []
    for name, table in (("Web Data", "autofill"), ("Login Data", "logins")):
        with sqlite3.connect(folder / "Default" / name) as store:
            assert store.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), name


def test_going_back_after_done_makes_no_errors(serve, profile):
    context, _ = profile()
    page = context.pages[0]
    her = Canary(page, serve().url)
    for _ in range(2):
        her.signs_up()
        her.tap(page.locator("[data-done]"))
        page.wait_for_selector(".languages:visible")
        for step in (page.go_back, page.go_forward, page.go_back):
            step()
            page.wait_for_timeout(700)
        page.goto(her.url)
