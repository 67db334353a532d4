// Sends the till's forms without leaving the page, and shows in place what the server's next page would have shown.
import { kept } from "./kept.js";
import { remember, tell } from "./memory.js";
import { play } from "./sound.js";

const FINE = matchMedia("(pointer: fine)"); // a mouse: then the amount may take the focus without a keyboard rising over the page
const PATIENCE = 8000; // ms for an answer
const PAUSE = 2000; // ms before the same is sent again
const TRIES = 3; // sign-ins after which what is pending is given up, in words
const STAYS = 20_000; // ms that a verdict is shown without a touch or a key
const LATER = 2000; // ms that the till asks after its session has ended: asked before, it would go on for ever

class Till extends HTMLElement {
  #result = this.querySelector("[data-result]");
  #trouble = this.querySelector("[data-trouble]");
  #field = this.querySelector("#field-q");
  #line = Promise.resolve(); // one at a time, in the order they were asked
  #newest;
  #wake;
  #timer;

  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#queue(event.target, event.submitter);
    });
    this.#result.addEventListener("input", () => this.#keep_typed());
    addEventListener("online", () => this.#wake?.());
    for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => this.#wait());
    this.#fill_in();
    this.#focus();
    this.#wait();
    this.#take_up();
    remember(this.#result);
    tell(this.dataset);
  }

  #queue(form, button) {
    const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const sent = { form, action, body: new FormData(form, button) };
    if (this.#field.form === form) {
      const q = sent.body.get("q");
      const is_pending = form.getAttribute("aria-busy") && q === this.#newest?.body.get("q");
      if (is_pending || !q.trim()) return; // a scanner's second reading, or nothing at all
      form.elements.operation_id.value = new_id(); // the next scan is another operation
      this.#field.select(); // and is written over this one
    }
    this.#send_in_turn(sent);
  }

  #send_in_turn(sent) {
    this.#keep_typed(); // without what a scanner wrote into it
    if (is_look_up(sent)) this.#look();
    else if (sent.body.has("operation_id")) kept.put("pending", { action: sent.action, fields: [...sent.body], tries: sent.tries ?? 0 });
    this.#newest = sent;
    this.#wake?.();
    this.#line = this.#line.then(() => this.#send(sent));
  }

  // What was not answered before somebody had to sign in, and what was scanned meanwhile.
  #take_up() {
    const form = this.#field.form;
    const pending = kept.take("pending");
    const scan = kept.take("scan");
    if (pending?.tries >= TRIES) this.#tell(this.dataset.lost);
    else if (pending) this.#send_in_turn({ form, action: pending.action, body: filled(pending.fields), tries: pending.tries + 1 });
    if (scan) this.#send_in_turn({ form, action: form.action, body: filled(scan) });
  }

  // The same operation until it is answered, so that it counts once; only a look-up gives way to the next.
  async #send(sent) {
    sent.form.setAttribute("aria-busy", "true");
    while (sent === this.#newest || !is_look_up(sent)) {
      const answer = await ask(sent.action, { method: "POST", body: sent.body });
      if (answer) {
        this.#answer(sent, answer);
        break;
      }
      this.#fail(sent);
      await new Promise((resolve) => { this.#wake = resolve; setTimeout(resolve, PAUSE); });
    }
    if (sent === this.#newest || sent.form !== this.#newest.form) sent.form.removeAttribute("aria-busy");
  }

  #answer(sent, answer) {
    if (is_signed_out(answer)) return location.assign(this.dataset.home); // what is pending is sent after the sign-in
    if (!is_look_up(sent)) kept.take("pending");
    if (!is_look_up(sent) && answer.ok) kept.take("typed");
    if (answer.ok && this.#field.value === sent.body.get("q")) this.#field.value = "";
    if (is_look_up(sent) && sent !== this.#newest && is_look_up(this.#newest)) return; // another scan is being looked up
    this.#show(answer);
    const left = this.#result.querySelector("[data-left]") && "left";
    play(left, this.#result.querySelector("[data-verdict]")?.dataset.verdict ?? (this.#trouble.hidden ? "" : "bad"));
  }

  #show(answer) {
    const result = answer.page.querySelector("[data-result]");
    if (is_signed_out(answer)) return location.assign(this.dataset.home);
    if (!result) return this.#go_blank(answer.page.querySelector("[data-next]")?.textContent ?? answer.status);
    this.#trouble.hidden = true;
    this.#result.replaceChildren(...result.childNodes);
    remember(this.#result);
    this.querySelector("[data-scans]").replaceChildren(...answer.page.querySelector("[data-scans]").childNodes);
    this.#fill_in();
    this.#focus();
    this.#wait();
  }

  // Nothing of the scan before is left while the next one is looked up.
  #look() {
    this.#trouble.hidden = true;
    this.#result.replaceChildren(Object.assign(document.createElement("h1"), { className: "looking", textContent: this.dataset.looking }));
    this.#field.focus({ preventScroll: true });
  }

  #fail(sent) {
    if (this.#trouble.hidden) play("bad");
    if (is_look_up(sent)) this.#go_blank(this.dataset.offline);
    else this.#tell(this.dataset.unsure); // it may have arrived, and will be sent again
  }

  // What is shown of one customer must not be taken for the next one's.
  #go_blank(text) {
    this.#result.replaceChildren();
    this.#tell(text, "h1");
  }

  #tell(text, as = "p") {
    this.#trouble.replaceChildren(Object.assign(document.createElement(as), { textContent: text }));
    this.#trouble.hidden = false;
    this.#trouble.scrollIntoView({ block: "nearest" });
  }

  // What was typed about a coupon or a customer is there again after a reload, a sign-in, or a second scan of it.
  #keep_typed() {
    const form = this.#about();
    if (form) kept.put("typed", { about: about(form), fields: [...new FormData(form)].filter(([name]) => form.elements[name].type === "text") });
  }

  #fill_in() {
    const form = this.#about();
    const typed = kept.get("typed");
    if (!form || typed?.about !== about(form)) return;
    for (const [name, value] of typed.fields) form.elements[name].value ||= value;
  }

  #about() {
    return [...this.#result.querySelectorAll("form")].find((form) => about(form) && form.elements.amount);
  }

  #focus() {
    const next = this.#result.querySelector(FINE.matches ? "[autofocus]" : "[aria-invalid=true], [data-redeem]");
    (next ?? this.#field).focus({ preventScroll: true });
    this.#result.scrollIntoView({ block: "nearest" }); // the camera is below it on a phone
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const page = await ask(this.dataset.home, {});
      if (page) return this.#show(page);
      if (this.#trouble.hidden) this.#go_blank(this.dataset.offline);
      this.#wait();
    }, this.#stays());
  }

  // What has still to be dealt with stays; the server knows it too.
  #stays() {
    if (this.#result.querySelector("[data-ready], [data-redeem], .purchase [name=customer_id]")) return this.dataset.locksAfter * 1000 + LATER;
    return Math.max(STAYS, 1000 * (this.#result.querySelector("suki-countdown")?.getAttribute("seconds") ?? 0));
  }
}

function is_look_up({ action }) {
  return action.endsWith("/lookups");
}

function is_signed_out({ ok, status, page }) {
  return !page.querySelector("[data-result]") && (ok || status === 400);
}

function about(form) {
  return (form.elements.coupon_id ?? form.elements.customer_id)?.value;
}

// A form that was kept, as it is sent now: after a sign-in the token is another one.
function filled(fields) {
  const body = new FormData();
  for (const [name, value] of fields) body.set(name, value);
  body.set("csrf_token", document.querySelector("[name=csrf-token]").content);
  return body;
}

// What was answered, with its page; nothing when there is no connection.
async function ask(address, request) {
  try {
    const answer = await fetch(address, { ...request, headers: { Accept: "text/html" }, signal: AbortSignal.timeout(PATIENCE) });
    return { ok: answer.ok, status: answer.status, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
  } catch {
    return null;
  }
}

function new_id() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

customElements.define("suki-till", Till);
