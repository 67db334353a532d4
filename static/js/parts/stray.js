// A scan where a PIN or a name is asked for: known by its speed, kept until somebody has signed in, and never sent as a PIN.
import { FAST, WHOLE, fast, is_other, new_key, us_text } from "./keys.js";
import { kept } from "./kept.js";

const DIGITS = /\d{7}/; // more than a PIN has

class Stray extends HTMLElement {
  #keys = [];
  #timer;

  connectedCallback() {
    document.addEventListener("keydown", (event) => this.#hear(event), { capture: true });
  }

  #hear(event) {
    if (is_other(event)) return;
    const is_end = event.key === "Enter" || event.key === "Tab";
    if (!is_end && event.key.length !== 1 && event.key !== "Dead") return;
    clearTimeout(this.#timer);
    if (!is_end) this.#keys.push(new_key(event));
    const scanned = fast(this.#keys);
    const is_scan = DIGITS.test(us_text(scanned)) && event.timeStamp - scanned.at(-1).at <= FAST;
    if (is_scan && is_end) event.preventDefault();
    if (is_scan) this.#timer = setTimeout(() => this.#keep(scanned), is_end ? 0 : WHOLE);
  }

  #keep(scanned) {
    kept.put("scan", [["q", scanned.map((key) => key.text).join("")], ["q_keys", us_text(scanned)]]);
    this.#keys = [];
    const field = document.querySelector("input[name=pin]");
    if (field) field.value = "";
    this.querySelector("[data-said]").hidden = false;
  }
}

customElements.define("suki-stray", Stray);
