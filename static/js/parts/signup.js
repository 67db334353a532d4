// Sends the answers without leaving the page, so that nothing she typed is lost when the server or the network fails.
import { leave_for, words_when_away } from "./screen.js";

const PATIENCE = 15_000; // ms for an answer
const FIRST_WAIT = 1000; // ms before it is tried again
const LONGEST_WAIT = 8000;

// Larger text and more contrast go with her to the coupon, and no further.
function with_wishes(path) {
  const wishes = new URLSearchParams(new URLSearchParams(location.search).getAll("wish").map((wish) => ["wish", wish]));
  return wishes.toString() ? `${path}?${wishes}` : path;
}

class Signup extends HTMLElement {
  #form;
  #sending = false;
  #again;
  #sent;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#name_anew();
    this.addEventListener("shown", () => clearTimeout(this.#again), { capture: true }); // what she goes back to mend, she sends
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#sending) this.#send();
    });
  }

  // Whoever left without an answer is not signed up later, behind the back of the next one.
  disconnectedCallback() {
    clearTimeout(this.#again);
    this.#sent?.abort();
  }

  // Tried again, ever more slowly, with the same id until there is an answer; she sees that it goes on, and may tap, too.
  async #send(wait = FIRST_WAIT) {
    clearTimeout(this.#again);
    this.#busy(true);
    try {
      const answer = await this.#post();
      if (!this.isConnected) return;
      if (answer.ok) return this.#go_on();
      if (answer.status < 500) await this.#explain(answer);
      else throw new Error(answer.status);
    } catch {
      if (!this.isConnected) return;
      this.#tell("failed");
      this.#again = setTimeout(() => this.#send(Math.min(wait * 2, LONGEST_WAIT)), wait);
    }
    this.#busy(false);
  }

  #go_on() {
    this.#tell("finished");
    leave_for(this.dataset.next || with_wishes("/coupon"), words_when_away());
  }

  #post() {
    const sent = this.#sent = new AbortController();
    setTimeout(() => sent.abort(), PATIENCE);
    return fetch(this.#form.action, {
      method: "POST",
      body: new FormData(this.#form),
      signal: this.#sent.signal,
      headers: { "Accept": "application/json", "X-CSRFToken": this.#form.elements.csrf_token.value },
    });
  }

  async #explain(answer) {
    const { errors, refusal, ...told } = await answer.json();
    if (answer.status === 400) return this.#form.submit(); // the server's own page says what to do
    if (answer.status === 422 && errors) return this.#tell("wrong", errors);
    if (refusal === "already_had" || refusal === "ended") return this.#tell("refused", told);
    // Sent once, then changed before the answer came back: what she sees now counts as a new signup.
    if (refusal === "operation_id_reused") this.#name_anew();
    this.#tell("failed");
  }

  // One id for each signup, the same when it is tried again: then the server gives one coupon, however often it is asked.
  #name_anew() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    this.#form.elements.operation_id.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  #busy(sending) {
    this.#sending = sending;
    this.#form.querySelector("[data-submit]").setAttribute("aria-busy", sending);
  }

  #tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail, bubbles: true }));
  }
}

customElements.define("suki-signup", Signup);
