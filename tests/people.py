"""The people of the tests, each with a browser of her own; every page one opens is inspected."""

import re
from collections import Counter
from copy import copy
from html.parser import HTMLParser

from itsdangerous import URLSafeTimedSerializer
from shop import PASSPHRASE, PIN, a_phone, add_person, new_id

from kiosk.base.clock import now
from kiosk.base.writing import writing
from kiosk.staff import devices
from kiosk.web.headers import HEADERS

VOID = {"input", "meta", "link", "br", "img", "hr", "path", "circle"}


MONTHS = "January|March|November|December|januar|november|desember|Enero|Nobyembre|Disyembre|января|ноября|декабря"
CLOCK = r"(?!\d\d:\d\d)"  # between a day and a time a line may be broken
FIGURE = rf"\d[ ]{CLOCK}(?=\d)|\d\.?[ ](?=(?:{MONTHS}|kr|NOK|₽|%)\b)|(?:{MONTHS})[ ]{CLOCK}\d"


def breakable_figures(text: str) -> list[str]:
    """Numbers, amounts, codes and dates in which a line could be broken: they have an ordinary space."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if re.search(FIGURE, line)]


class Page(HTMLParser):
    """What a person would find on a page, as far as the inspection asks."""

    def __init__(self, response):
        super().__init__()
        self.response, self.html = response, response.get_data(as_text=True)
        self.tags, self.text = [], ""
        self.feed(self.html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_data(self, data):
        self.text += data

    def all(self, *names):
        return [attributes for tag, attributes in self.tags if tag in names]

    def field(self, name):
        return next(a.get("value") for a in self.all("input") if a.get("name") == name)

    @property
    def csrf_token(self):
        return next(a["content"] for a in self.all("meta") if a.get("name") == "csrf-token")

    def inspect(self):
        """One heading, a title, a language, labelled controls, unique ids, nothing inline, all the headers."""
        assert len(self.all("h1")) == 1
        assert re.search(r"<title>\s*\S", self.html)
        assert self.all("html")[0]["lang"]
        broken = breakable_figures(self.text)
        assert broken == [], broken
        ids = Counter(attributes["id"] for _, attributes in self.tags if "id" in attributes)
        assert [one for one, count in ids.items() if count > 1] == []
        self._inspect_controls()
        for tag, attributes in self.tags:
            assert not [name for name in attributes if name == "style" or name.startswith("on")], tag
        assert "<style" not in self.html
        assert all("src" in script for script in self.all("script"))
        for name in HEADERS.keys() - {"Referrer-Policy"}:
            assert self.response.headers[name] == HEADERS[name]
        assert self.response.headers["Cache-Control"] == "no-store"

    def _inspect_controls(self):
        labelled = {attributes["for"] for attributes in self.all("label") if "for" in attributes}
        wrapped = re.findall(r"<label[^>]*>\s*<input[^>]*name=\"([^\"]+)\"", self.html)
        for attributes in self.all("input", "select", "textarea"):
            named = {"aria-label", "aria-labelledby"} & attributes.keys()
            is_hidden = attributes.get("type") == "hidden"
            assert is_hidden or named or attributes.get("id") in labelled or attributes["name"] in wrapped, attributes


class Person:
    """Somebody with a browser."""

    def __init__(self, app):
        self.app, self.browser, self.token = app, app.test_client(), None

    def visit(self, path, status=200, **kwargs) -> Page:
        response = self.browser.get(path, **kwargs)
        assert response.status_code == status, response.get_data(as_text=True)[:2000]
        page = Page(response)
        page.inspect()
        self.token = page.csrf_token
        return page

    def new_token(self) -> str:
        """What the welcome page carries for her browser."""
        return re.search(r'csrf-token" content="([^"]+)"', self.browser.get("/").text)[1]

    def post(self, path, json=True, headers=None, request_=None, **fields):
        """Send a form, asking for JSON unless said otherwise; the token is the browser's own."""
        if self.token is None:
            self.token = self.new_token()
        accept = {"Accept": "application/json" if json else "text/html"}
        request_ = request_ or {}
        headers = accept | request_.get("headers", {}) | (headers or {})
        return self.browser.post(path, data={"csrf_token": self.token, **fields}, **request_ | {"headers": headers})

    def submit(self, path, status=422, **fields) -> Page:
        """Send a form as a browser without script does, and read the page that comes back."""
        page = Page(self.post(path, json=False, **fields))
        assert page.response.status_code == status, page.text
        page.inspect()
        return page


class Customer(Person):
    def sign_up(self, **fields):
        if not fields.keys() & {"phone", "email"}:
            fields["phone"] = a_phone()
        return self.post("/signups", **{"operation_id": new_id(), "language": "en"} | fields)


class Staffer(Person):
    """Somebody who works here; a manager signs in with her passphrase, a cashier at a till of her own with her PIN."""

    def __init__(self, app, name="Ana", role="manager"):
        super().__init__(app)
        self.name, self.role = name, role
        with app.app_context():
            self.id = add_person(name, role, at=now())

    def new_token(self) -> str:
        """What any page would carry for her browser: asking for one took a fifth of the time of a test."""
        with self.browser.session_transaction() as session:
            known = session.setdefault("csrf_token", new_id())
        return URLSafeTimedSerializer(self.app.secret_key, salt="wtf-csrf-token").dumps(known)

    def elsewhere(self, **known):
        """The same person with another browser."""
        other = copy(self)
        other.browser, other.token = self.app.test_client(), None
        other.__dict__ |= known
        return other

    def becomes(self, kind, label=""):
        """Her browser is a till, or a tablet, from now on."""
        with self.app.app_context(), writing():
            device, key = devices.add_device(kind, label, now())
        self.browser.set_cookie("device", key)
        return device.id

    def sign_in(self, passphrase=PASSPHRASE, pin=PIN):
        if self.role == "cashier":
            if not self.browser.get_cookie("device"):
                self.becomes("till")
            answer = self.post("/till/sign-in", json=False, staff_id=self.id, pin=pin)
            self.token = None
            return answer
        answer = self.post("/sign-in", json=False, name=self.name, passphrase=passphrase)
        self.token = None
        return answer

    def look_up(self, q):
        return self.post("/till/lookups", q=q)

    def redeem(self, code, **fields):
        return self.post("/till/redemptions", **{"code": code, "operation_id": new_id()} | fields)

    def undo(self, redemption_id, **fields):
        return self.post(f"/till/redemptions/{redemption_id}/undo", **{"operation_id": new_id()} | fields)
