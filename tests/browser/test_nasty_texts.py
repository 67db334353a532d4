"""What people type is shown as it was typed, and never runs: names from everywhere, and texts made to run."""

import csv
import io
import json
import unicodedata
from itertools import product

import pytest
from shop import PASSPHRASE, a_coupon, an_offer, at_till, new_id
from test_journey import set_up
from test_office_questions import FORMULAS

from kiosk.base.clock import now
from kiosk.coupons import coupons
from kiosk.customers import feedback, notes
from kiosk.reports import exports, spreadsheets
from kiosk.shop import shop as shops
from kiosk.signups import editing, questionnaires, rules

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
PAGES = ("/office", "/office/customers", "/office/insights", "/office/offers", "/office/forms/welcome", "/office/audit",
         "/office/people", "/office/shop", "/office/customers/1", "/office/customers/1/copy", "/till")  # fmt: skip


@pytest.mark.slow
def test_a_hundred_texts_made_to_run_run_nowhere(serve, at_desk, on_phone):
    shop, office = serve(), at_desk()
    set_up(office, shop.set_up_link())
    with shop.app.app_context():
        till = at_till("Tess", at=now())
        for text in POLYGLOTS:
            coupon = a_coupon(now(), name=text[:60], city=text[:80])
            if coupon.customer_id <= 3:
                coupons.redeem(
                    coupon.code, new_id(), now(), by=till, amount=10_00, what=text[:200], served_by=text[:60]
                )
                feedback.rate(coupon.customer, {"stars": "1", "comment": text}, now())
            notes.add(coupon.customer_id, text, now(), by=till)
        for text in POLYGLOTS[:5]:
            an_offer("gift", 0, gift={"en": text[:60]}, purpose="by_hand", new_series=True)
        link = f"/c/{coupon.token}"
    errors = []
    office.on("dialog", lambda dialog: (errors.append(dialog.message), dialog.dismiss()))
    customers = [f"/office/customers/{number}" for number in range(2, 101, len(WRAPS) - 1)]
    for path in (*PAGES, "/office/customers?q=script", *customers, link):
        office.goto(shop.url + path)
        if office.get_by_label("Passphrase").count():
            office.get_by_label("Passphrase").fill(PASSPHRASE)
            office.keyboard.press("Enter")
        assert office.evaluate("window.__ran") is None, path
        assert office.locator("main script, main iframe, main object, main [onerror], main [onload]").count() == 0, path
    assert errors == []


@pytest.mark.slow
def test_texts_of_questions_offers_and_notices_run_nowhere_and_are_no_formulas(serve, at_desk):
    shop, office, texts = serve(KIOSK_PUBLIC_URL="http://127.0.0.1:{port}"), at_desk(), [*POLYGLOTS, *FORMULAS]
    set_up(office, shop.set_up_link())
    with shop.app.test_request_context("/"):
        ana, said, many = at_till("Tess", at=now()), questionnaires.current().as_dict(), rules.MOST_CHOICES
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
        assert office.evaluate("window.__ran") is None, path
        assert office.locator("main script, main iframe, main object, main [onerror], main [onload]").count() == 0, path
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
    with shop.app.app_context():
        for name in NAMES:
            a_coupon(now(), name=name)
    shown, path = [], "/office/customers?sort=since"
    while path:
        office.goto(shop.url + path)
        shown += office.locator("main th[scope=row] a").all_text_contents()
        more = office.get_by_role("link", name="Show the next 50")
        path = more.get_attribute("href") if more.count() else None

    assert len(NAMES) == 500
    assert sorted(name.strip() for name in shown) == sorted(unicodedata.normalize("NFC", name) for name in NAMES)
