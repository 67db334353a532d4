"""What people type is shown as it was typed, and never runs: names from everywhere, and texts made to run."""

import csv
import io
import json
import re
import unicodedata
from datetime import timedelta
from itertools import product
from urllib.parse import urljoin

import pytest
from pages import every_page, furnish, open_page
from shop import a_coupon, an_offer, at_till, new_id
from test_journey import set_up
from test_office_questions import FORMULAS

from kiosk.base.clock import now
from kiosk.base.database import db
from kiosk.base.writing import writing
from kiosk.coupons import coupons
from kiosk.models import Customer, Submission
from kiosk.reports import exports, spreadsheets
from kiosk.rewards import changes, drafts
from kiosk.shop import shop as shops
from kiosk.signups import editing, questionnaires
from kiosk.upkeep import nightly

FIRST = (
    "José Алёна Øyvind Nguyễn محمد שרה 王 さくら สมชาย ÐÞ e\u0301va O’Neil Ana-Li "
    "👩\u200d👩\u200d👧 Ⅳ ﬁn ﷺ İstanbul ß Ǆ नेहा ክብረት Հայկ გიო हिन्दी"
)
LAST = (
    "|de la Cruz|Øverland|ბერიძე|X Æ A-12|van 't Hoff|الأول|Ю.|Jr.|🙂|d’Arc|Mc\u200dKay|Ñandú|Łódź|Žižek|O|Ängström|"
    "Ó hEara|İ|Zoë"
)
NAMES = [f"{first} {last}".strip() for first, last in product(FIRST.split(), LAST.split("|"))]
RUN = "window.__ran=1"
SHAPES = """<script>RUN</script>
<img src=x onerror=RUN>
"><svg onload=RUN>
'-RUN-'
javascript:RUN
{{RUN}}
${RUN}
</title><script>RUN</script>
</textarea><img src=x onerror=RUN>
<a href="javascript:RUN">x</a>
<details open ontoggle=RUN>
--><script>RUN</script>
]]><script>RUN</script>
\\"});RUN//
<iframe srcdoc='<script>parent.RUN</script>'>
<math><mtext><script>RUN</script>
<style>@import'javascript:RUN'</style>
'" autofocus onfocus=RUN x='
`;RUN;`
<object data='javascript:RUN'>""".splitlines()
WRAPS = ["{}", "A {}", "{} B", "<b>{}</b>", "\u202e{}"]
POLYGLOTS = [wrap.format(shape.replace("RUN", RUN)) for shape, wrap in product(SHAPES, WRAPS)]
SEEN = ".tablet-seen > iframe"
NAME_OF = """async (path) => {
  const text = await (await fetch(path)).text();
  return new DOMParser().parseFromString(text, "text/html").querySelector("h1").textContent.trim();
}"""


@pytest.mark.slow
def test_a_hundred_texts_made_to_run_run_nowhere(serve, at_desk):
    shop, office = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk()
    set_up(office, shop.set_up_link())
    coupon = furnish(shop, POLYGLOTS)
    errors = []
    office.on("dialog", lambda dialog: (errors.append(dialog.message), dialog.dismiss()))
    with shop.app.app_context():
        ids = [number for (number,) in db.session.query(Customer.id).filter(Customer.merged_into_id.is_(None))]
    customers = [f"/office/customers/{number}" for number in ids[:: len(WRAPS) - 1]]
    older = [
        f"/office/submissions?form={name}&before={number}" for name in ("warranty", "preorder") for number in (60, 120)
    ]
    for path in (*every_page(shop.app, coupon), "/office/customers?q=script", *older, *customers):
        open_page(office, shop.url + path, coupon)
        assert_nothing_runs(office, path)
    office.goto(f"{shop.url}/till")
    office.keyboard.type("script")
    office.keyboard.press("Enter")
    office.locator(".choices__one").first.click()
    office.locator("[name=amount]").wait_for()
    assert_nothing_runs(office, "a customer at the till")
    assert errors == []


def assert_nothing_runs(page, where: str, script="script:not([src])") -> None:
    """Neither on the page nor in the frame of ours in it, where a question is seen on the tablet's screen."""
    alien = ", ".join(f"main {one}" for one in (script, f"iframe:not({SEEN})", "object", "[onerror]", "[onload]"))
    for frame in page.frames:
        assert frame.evaluate("window.__ran") is None, where
        assert frame.locator(alien).count() == 0, where


@pytest.mark.slow
def test_texts_of_questions_offers_and_notices_run_nowhere_and_are_no_formulas(serve, at_desk):
    shop, office, texts = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk(), [*POLYGLOTS, *FORMULAS]
    set_up(office, shop.set_up_link())
    with shop.app.test_request_context("/"):
        ana, said, many = at_till("Tess", at=now()), questionnaires.current().as_dict(), editing.MOST_CHOICES
        own = [{"key": f"own{n}", "kind": "many", "when": "signup", "text": {"en": texts[n]}, "why": {"nb": texts[n]},
                "choices": [{"key": f"c{i}", "text": {"en": text}} for i, text in enumerate(texts[n : n + many])]}
               for n in range(0, len(texts), many)]  # fmt: skip
        editing.save("welcome", said | {"questions": own + said["questions"][-1:]}, now(), by=ana)
        notice = json.dumps({"en": " ".join(texts)[:300], "ru": texts[0]})
        shops.decide(now(), by=ana, own_notice=notice, privacy_contact=texts[1], name=texts[2][:60])
        for text in texts:
            an_offer("gift", 0, gift={"en": text[:40]}, terms={"en": text}, new_series=True)
            coupon = a_coupon(now(), **{one["key"]: one["choices"][0]["key"] for one in own})
            coupons.redeem(coupon.code, new_id(), now(), by=ana)
    editors = [f"/office/forms/welcome/questions/{one['key']}" for one in own]
    pages = (*editors, "/office/forms/welcome", "/office/offers", "/office/shop", "/office/shop/poster/a4",
             "/office/audit", "/office/paper?size=a4&first=1&last=2", "/office/customers/1", "/", "/?language=nb",
             "/join", f"/c/{coupon.token}")  # fmt: skip
    for path in pages:
        office.goto(shop.url + path)
        if path in editors:
            office.frame_locator(SEEN).locator(".step h2").first.wait_for()
        assert_nothing_runs(office, path, script="script")
    with shop.app.test_request_context("/"):
        today = shops.current().today()
        for name, sheet in exports.SHEETS.items():
            file = b"".join(spreadsheets.to_csv(sheet(today, today))).decode("utf-8-sig")
            cells = {cell for row in csv.reader(io.StringIO(file)) for cell in row if not cell.startswith("+63")}
            assert not [cell for cell in cells if cell.startswith(spreadsheets.FORMULA_STARTS)], name


@pytest.mark.slow
def test_five_hundred_names_are_shown_as_they_were_typed(serve, at_desk):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    known = sorted(unicodedata.normalize("NFC", name) for name in NAMES)
    ids = five_hundred_are_missed(shop)
    assert len(NAMES) == len(ids) == 500

    assert names_on(office, f"{shop.url}/office/customers?sort=since", "main th[scope=row] a") == known
    assert names_on(office, f"{shop.url}/office/submissions", "dt:text-is('Name') + dd") == known
    assert names_on(office, f"{shop.url}/office/outreach", ".tell__one h2") == known
    assert (
        names_on(office, f"{shop.url}/office/customers/cards?from=1970-01-01&to=2099-01-01", ".paper-card h2") == known
    )
    for page in ("", "/copy"):
        assert sorted(office.evaluate(NAME_OF, f"/office/customers/{number}{page}") for number in ids) == known


def five_hundred_are_missed(shop) -> list[int]:
    """One of each name, who came once, wants messages and has a warranty card; gives their numbers."""
    with shop.app.test_request_context("/"):
        ana, before = at_till("Tess", at=now()), now() - timedelta(days=40)
        shops.decide(now(), by=ana, quiet_from="00:00", quiet_until="00:00")
        for name in NAMES:
            coupon = a_coupon(before, name=name, consent_sms="yes")
            coupons.redeem(coupon.code, new_id(), before, by=ana)
        row = {"form": "warranty", "version": 0, "answers": {}, "made_at": now()}
        with writing():
            db.session.add_all(
                Submission(**row, operation_id=new_id(), name=one.name) for one in db.session.query(Customer)
            )
        said = {"kind": "percent", "value": "15", "days_valid": "14", "days": "30", "held_out": "0"}
        changes.save(drafts.read(said, "win_back"), now(), by=ana, purpose="win_back")
        nightly.run(now())
        return [number for (number,) in db.session.query(Customer.id)]


def names_on(page, url: str, where: str) -> list[str]:
    """The names on a page and on those that follow it."""
    shown, more = [], page.get_by_role("link", name=re.compile("Show the next 50|Older ones"))
    while url:
        open_page(page, url)
        shown += page.locator(where).all_text_contents()
        url = urljoin(url, more.get_attribute("href")) if more.count() else ""
    return sorted(name.strip() for name in shown)
