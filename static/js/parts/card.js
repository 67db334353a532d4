// A card that is scanned while the tablet rests: it is shown to the page that may have one more question.
import { SILENCE, burst, is_other, new_key, us_text } from "./keys.js";

class Card extends HTMLElement {
  #keys = [];
  #timer;

  connectedCallback() {
    document.addEventListener("keydown", this.#hear, { capture: true });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.#hear, { capture: true });
  }

  #hear = (event) => {
    if (is_other(event) || event.target.matches("input, textarea")) return;
    if (event.key.length === 1) this.#keys = [...this.#keys.slice(-60), new_key(event)];
    const scanned = burst(this.#keys);
    if (!scanned) return;
    event.preventDefault(); // an Enter of the scanner's, which would choose the language that has the focus
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const form = this.querySelector("form");
      form.elements.q.value = us_text(scanned);
      form.requestSubmit(form.querySelector("[data-done]"));
    }, SILENCE);
  };
}

customElements.define("suki-card", Card);
