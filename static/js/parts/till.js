// Sends the till's forms without leaving the page, and shows in place what the server's next page would have shown.
import { play } from "./sound.js";

const FINE = matchMedia("(pointer: fine)"); // a mouse: then the amount may take the focus without a keyboard rising over the page
const PATIENCE = 8000; // ms for an answer
const PAUSE = 2000; // ms before the same is sent again
const STAYS = { verdict: 20_000, question: 120_000 }; // ms without a touch or a key
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
    addEventListener("online", () => this.#wake?.());
    for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, () => this.#wait());
    this.#focus();
    this.#wait();
  }

  #queue(form, button) {
    const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
    const sent = { form, action, body: new FormData(form) };
    if (this.#field.form === form) {
      form.elements.operation_id.value = new_id(); // the next scan is another operation
      this.#field.select(); // and is written over this one
    }
    this.#newest = sent;
    this.#wake?.();
    this.#line = this.#line.then(() => this.#send(sent));
  }

  // The same operation until it is answered, so that it counts once; only a look-up gives way to the next.
  async #send(sent) {
    sent.form.setAttribute("aria-busy", "true");
    while (sent === this.#newest || !sent.body.has("q")) {
      const answer = await ask(sent.action, { method: "POST", body: sent.body });
      if (answer) {
        this.#answer(sent, answer);
        break;
      }
      this.#fail(sent);
      await new Promise((resolve) => { this.#wake = resolve; setTimeout(resolve, PAUSE); });
    }
    sent.form.removeAttribute("aria-busy");
  }

  #answer({ body }, answer) {
    if (answer.ok && this.#field.value === body.get("q")) this.#field.value = "";
    this.#show(answer);
    play(this.#result.querySelector("[data-verdict]")?.dataset.verdict);
  }

  #show(answer) {
    const result = answer.page.querySelector("[data-result]");
    const is_signed_out = !result && (answer.ok || answer.status === 400);
    if (is_signed_out) return location.assign(this.dataset.home);
    if (!result) return this.#tell(answer.page.querySelector("[data-next]")?.textContent ?? answer.status);
    this.#trouble.hidden = true;
    this.#result.replaceChildren(...result.childNodes);
    this.querySelector("[data-scans]").replaceChildren(...answer.page.querySelector("[data-scans]").childNodes);
    this.#focus();
    this.#wait();
  }

  #fail({ body }) {
    if (this.#trouble.hidden) play("bad");
    if (body.has("q")) this.#go_blank();
    else this.#tell(this.dataset.unsure); // it may have arrived, and will be sent again
  }

  // What is shown of one customer must not be taken for the next one's.
  #go_blank() {
    this.#result.replaceChildren();
    this.#tell(this.dataset.offline, "h1");
  }

  #tell(text, as = "p") {
    this.#trouble.replaceChildren(Object.assign(document.createElement(as), { textContent: text }));
    this.#trouble.hidden = false;
    this.#trouble.scrollIntoView({ block: "nearest" });
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
      if (this.#trouble.hidden) this.#go_blank();
      this.#wait();
    }, this.#stays());
  }

  #stays() {
    if (this.#result.querySelector("[data-ready]")) return this.dataset.locksAfter * 1000 + LATER;
    return this.#result.querySelector("[data-redeem]") ? STAYS.question : STAYS.verdict;
  }
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
