// Hears a scanner wherever the focus is: a code or a coupon's link in what is typed, or keys faster than anybody's.
import { FAST, SILENCE, WHOLE, burst, fast, is_other, new_key, us_text } from "./keys.js";

const SHORTEST = 8; // keys of anything else that was scanned
const LINK = /HTTPS?:\/\/[\w.:-]+\/C\/[0-9A-Z]{26}$/;
const TYPING = "input:not([type=hidden], [type=file]), textarea";

class Scan extends HTMLElement {
  #field;
  #keys = [];
  #timer;
  #ended = -Infinity; // when the last key of the last scan came

  connectedCallback() {
    this.#field = this.querySelector("[name=q]");
    this.#field.inputMode = "none"; // a scanner needs no keyboard on the screen; who wants one asks for it
    document.addEventListener("keydown", (event) => this.#hear(event), { capture: true });
    document.addEventListener("scanned", ({ detail }) => this.#submit(detail, "")); // by the camera
  }

  #hear(event) {
    if (is_other(event)) return;
    clearTimeout(this.#timer);
    if (event.key === "Enter" || event.key === "Tab") this.#end(event);
    else if (event.key.length === 1 || event.key === "Dead") this.#note(event);
    else this.#keys = [];
  }

  #note(event) {
    this.#aim(event);
    this.#ended = -Infinity;
    const place = document.activeElement;
    const { value, selectionStart, selectionEnd } = place;
    const is_first = selectionStart === 0 && selectionEnd === value?.length;
    this.#keys.push(new_key(event, { place, value, is_first }));
    const alone = this.#link() ?? this.#code();
    const scanned = alone ?? burst(this.#keys);
    if (scanned) this.#timer = setTimeout(() => this.#take(scanned, event.timeStamp), alone ? SILENCE : WHOLE);
  }

  // Keys that would do nothing where they go, go to the field. An answer may move the focus in the middle of a scan.
  #aim(event) {
    const focused = document.activeElement;
    if (!focused.matches(TYPING) && !(event.key === " " && focused.matches("a, button, summary"))) this.#field.focus();
    const last = this.#keys.at(-1);
    if (last && last.place !== document.activeElement && event.timeStamp - last.at > SILENCE) this.#keys = [];
  }

  // A scanner's own Enter, or its second one, follows at its own pace; one that comes later is a person's.
  #end(event) {
    const scanned = this.#link() ?? this.#code() ?? burst(this.#keys) ?? this.#anything(event.timeStamp);
    if (scanned) this.#take(scanned, event.timeStamp);
    if (event.timeStamp - this.#ended <= FAST) {
      event.preventDefault();
      this.#ended = event.timeStamp;
    }
    this.#keys = [];
  }

  #link() {
    const found = us_text(this.#keys).match(LINK);
    return found && this.#keys.slice(found.index);
  }

  // Twelve digits: in the field all there is; elsewhere, where none belong, whatever stood there before.
  #code() {
    const last = this.#keys.slice(-12);
    const is_elsewhere = last.some((key) => key.place !== this.#field);
    const is_alone = is_elsewhere || (last.length === this.#keys.length && last[0]?.is_first);
    const quick = fast(this.#keys);
    return /^\d{12}$/.test(us_text(last)) && quick.length <= 12 && (is_alone || quick.length === 12) ? last : null;
  }

  // A product, a name on a card: what went into the field stands there whole, and the form sends it.
  #anything(at) {
    const quick = fast(this.#keys);
    const is_elsewhere = quick.some((key) => key.place !== this.#field);
    return is_elsewhere && quick.length >= SHORTEST && at - quick.at(-1).at <= FAST ? quick : null;
  }

  #take(keys, at) {
    for (const { place, value } of [...keys].reverse()) {
      if (place !== this.#field && place.matches(TYPING)) place.value = value;
    }
    this.#keys = [];
    this.#ended = at;
    this.#submit(keys.map((key) => key.text).join(""), us_text(keys), fast(keys).length === keys.length);
  }

  #submit(text, us, by_scanner = false) {
    const form = this.querySelector("form");
    this.#field.value = text;
    form.elements.q_keys.value = us;
    form.elements.by_scanner.disabled = !by_scanner;
    form.requestSubmit();
    form.elements.q_keys.value = "";
    form.elements.by_scanner.disabled = true;
  }
}

customElements.define("suki-scan", Scan);
