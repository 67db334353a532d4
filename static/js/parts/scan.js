// Hears a scanner wherever the focus is: a code or a coupon's link at the end of what is typed, or keys faster than anybody's.

const FAST = 100; // ms between the keys of a scan at most, as a rule; a busy machine may be late with one
const SILENCE = 150; // ms that end a code or a link without Enter
const REST = 500; // ms in which an Enter or a Tab after a scan still belongs to it
const SHORTEST = 8; // keys of anything else that was scanned
const LINK = /HTTPS?:\/\/[\w.:-]+\/C\/[0-9A-Z]{26}$/;
const TYPING = "input:not([type=hidden], [type=file]), textarea";
const OTHER_KEYS = { Slash: "/", NumpadDivide: "/", Semicolon: ":", Period: ".", NumpadDecimal: ".", Minus: "-" };
const SILENT = ["Shift", "CapsLock", "NumLock", "AltGraph"];

class Scan extends HTMLElement {
  #field;
  #keys = [];
  #timer;
  #taken = -Infinity;

  connectedCallback() {
    this.#field = this.querySelector("[name=q]");
    this.#field.inputMode = "none"; // a scanner needs no keyboard on the screen; who wants one asks for it
    document.addEventListener("keydown", (event) => this.#hear(event), { capture: true });
    document.addEventListener("scanned", (event) => this.#submit(event.detail, "")); // by the camera
  }

  #hear(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || SILENT.includes(event.key)) return;
    clearTimeout(this.#timer);
    if (event.key === "Enter" || event.key === "Tab") this.#end(event);
    else if (event.key.length === 1 || event.key === "Dead") this.#note(event);
    else this.#keys = [];
  }

  #note(event) {
    this.#aim(event);
    this.#taken = -Infinity;
    const place = document.activeElement;
    const { value, selectionStart, selectionEnd } = place;
    const is_first = selectionStart === 0 && selectionEnd === value?.length;
    const text = event.key === "Dead" ? "" : event.key;
    this.#keys.push({ text, us: us_key(event.code), at: event.timeStamp, place, value, is_first });
    const scanned = this.#link() ?? this.#code();
    if (scanned) this.#timer = setTimeout(() => this.#take(scanned, event.timeStamp), SILENCE);
  }

  // Keys that would do nothing where they go, go to the field. An answer may move the focus in the middle of a scan.
  #aim(event) {
    const focused = document.activeElement;
    if (!focused.matches(TYPING) && !(event.key === " " && focused.matches("a, button, summary"))) this.#field.focus();
    const last = this.#keys.at(-1);
    if (last && last.place !== document.activeElement && event.timeStamp - last.at > SILENCE) this.#keys = [];
  }

  #end(event) {
    const scanned = this.#link() ?? this.#code() ?? this.#anything(event.timeStamp);
    if (scanned || event.timeStamp - this.#taken < REST) event.preventDefault();
    if (scanned) this.#take(scanned, event.timeStamp);
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
    const fast = this.#fast();
    return /^\d{12}$/.test(us_text(last)) && fast.length <= 12 && (is_alone || fast.length === 12) ? last : null;
  }

  // What went into the field stands there whole; the form sends it.
  #anything(at) {
    const fast = this.#fast();
    const is_elsewhere = fast.some((key) => key.place !== this.#field);
    return is_elsewhere && fast.length >= SHORTEST && at - fast.at(-1).at <= FAST ? fast : null;
  }

  #fast() {
    const start = this.#keys.findLastIndex((key, n) => n === 0 || key.at - this.#keys[n - 1].at > FAST);
    return this.#keys.slice(Math.max(start, 0));
  }

  #take(keys, at) {
    for (const { place, value } of [...keys].reverse()) {
      if (place !== this.#field && place.matches(TYPING)) place.value = value;
    }
    this.#keys = [];
    this.#taken = at;
    this.#submit(keys.map((key) => key.text).join(""), us_text(keys));
  }

  #submit(text, us) {
    const form = this.querySelector("form");
    this.#field.value = text;
    form.elements.q_keys.value = us;
    form.requestSubmit();
    form.elements.q_keys.value = "";
  }
}

// What an American keyboard writes with that key, in capitals: scanners type as if every keyboard were one.
function us_key(code) {
  return code.match(/^(?:Digit|Numpad|Key)(\w)$/)?.[1] ?? OTHER_KEYS[code] ?? "?";
}

function us_text(keys) {
  return keys.map((key) => key.us).join("");
}

customElements.define("suki-scan", Scan);
