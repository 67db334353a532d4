// The keyboard on the page: letters in her language, a keypad for numbers. What she types never reaches the tablet's own
// keyboard with its memory. A keyboard plugged in works beside it; `data-keyboard="native"` on the root switches it off.

const LETTERS = {
  en: ["qwertyuiop", "asdfghjkl", "zxcvbnm"],
  fil: ["qwertyuiop", "asdfghjklñ", "zxcvbnm"],
  nb: ["qwertyuiopå", "asdfghjkløæ", "zxcvbnm"],
  ru: ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбюё"],
};
const UNDER = { name: ["swap", "-", "space", "’"], email: ["digits", "@", ".", "-", "_"], words: ["digits", "swap", ",", "space", ".", "?", "!"] };
const PAD = ["123", "456", "789", "+0"];
const ACCENTS = { a: "áàâäã", c: "çćč", e: "éèêë", i: "íìîï", n: "ñń", o: "óòôöõ", s: "šśß", u: "úùûü", y: "ýÿ", z: "žźż", е: "ё" };
const CAPITAL_AFTER = { name: /(^|[\s-])$/, words: /(^|[.!?\n]\s*)$/ };
const OFFERED = 3000; // ms an accent is offered after its letter
const HELD = 450; // ms until a held ⌫ goes on by itself

class Keyboard extends HTMLElement {
  #field;
  #pressed;
  #timer;
  #held;
  #cyrillic = document.documentElement.lang === "ru";
  #digits = false;
  #shift = false;
  #accents = Object.assign(document.createElement("div"), { className: "accents" });

  connectedCallback() {
    if (document.documentElement.dataset.keyboard === "native") return;
    this.#listen(this);
    this.#listen(this.#accents);
    this.closest("form").addEventListener("input", () => this.#refresh());
    document.addEventListener("selectionchange", () => this.#refresh());
    for (const field of this.closest("form").querySelectorAll("[data-keys]")) field.inputMode = "none";
  }

  disconnectedCallback() {
    clearTimeout(this.#held);
  }

  // Come up for that field, or go away without one.
  serve(field) {
    if (field === this.#field || document.documentElement.dataset.keyboard === "native") return;
    this.#field = field;
    this.#digits = this.#shift = false;
    this.#accents.remove();
    this.hidden = !field;
    this.closest(".kiosk").dataset.keys = field?.dataset.keys ?? "";
    if (field) this.#draw();
  }

  get #kind() {
    return this.#field.dataset.keys;
  }

  // A finger acts as it touches; a screen reader or a switch only clicks.
  #listen(keys) {
    keys.addEventListener("mousedown", (event) => event.preventDefault());
    keys.addEventListener("pointerdown", (event) => {
      const key = event.target.closest(".key");
      event.preventDefault();
      this.#pressed = key?.dataset.key; // not the key itself: swapping letters draws it anew under the finger
      if (key) this.#press(key);
    });
    keys.addEventListener("click", (event) => {
      const key = event.target.closest(".key");
      if (key && key.dataset.key !== this.#pressed) this.#press(key);
      this.#pressed = null;
    });
    for (const end of ["pointerup", "pointercancel", "pointerleave"]) keys.addEventListener(end, () => clearTimeout(this.#held));
  }

  #press(key) {
    this.#field.focus({ preventScroll: true });
    switch (key.dataset.key) {
      case "erase": this.#erase(HELD); break;
      case "swap": this.#cyrillic = !this.#cyrillic; this.#draw(); break;
      case "digits": this.#digits = !this.#digits; this.#draw(); break;
      case "shift": this.#shift = !this.#shift; this.#refresh(); break;
      case "accent": this.#type(key.textContent, 1); break;
      default: this.#type(this.#as_shown(key));
    }
  }

  #as_shown(key) {
    const text = key.dataset.key === "space" ? " " : key.dataset.key;
    return this.classList.contains("keyboard--capitals") ? text.toUpperCase() : text;
  }

  #type(text, instead = 0) {
    const { selectionStart: start, selectionEnd: end, maxLength, value } = this.#field;
    if (maxLength >= 0 && value.length - (end - start) - instead + text.length > maxLength) return;
    this.#shift = false;
    this.#change(text, start - instead, end);
    this.#offer(instead ? "" : text);
  }

  #erase(wait) {
    const { selectionStart: start, selectionEnd: end, value } = this.#field;
    const before = start === end ? [...value.slice(0, start)].pop()?.length ?? 0 : 0;
    this.#change("", start - before, end);
    this.#offer("");
    this.#held = setTimeout(() => this.#erase(70), wait);
  }

  #change(text, start, end) {
    this.#field.setRangeText(text, start, end, "end");
    if (this.#field.selectionEnd === this.#field.value.length) this.#field.scrollLeft = this.#field.scrollWidth;
    this.#field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }

  // The letter's accents, at the end of the field for a moment: nothing moves, and no key is covered.
  #offer(letter) {
    clearTimeout(this.#timer);
    const accents = this.#kind in CAPITAL_AFTER ? ACCENTS[letter.toLowerCase()] ?? "" : "";
    const cased = letter === letter.toLowerCase() ? accents : accents.toUpperCase();
    this.#accents.replaceChildren(...[...cased].map((one) => this.#key("accent", one)));
    if (!cased) return this.#accents.remove();
    this.#field.parentElement.append(this.#accents);
    this.#timer = setTimeout(() => this.#accents.remove(), OFFERED);
  }

  #refresh() {
    if (!this.#field) return;
    const before = this.#field.value.slice(0, this.#field.selectionStart);
    const capital = CAPITAL_AFTER[this.#kind]?.test(before) ?? false;
    this.classList.toggle("keyboard--capitals", capital !== this.#shift);
  }

  #draw() {
    const kind = this.#kind;
    const rows = kind === "pad" ? PAD.map((row) => [...row]) : this.#letters().map((row) => [...row]);
    if (kind !== "pad" && this.#digits) rows[0] = [..."1234567890"];
    if (kind in CAPITAL_AFTER) rows[2].unshift("shift");
    rows.at(-1).push("erase");
    if (kind !== "pad") rows.push(UNDER[kind]);
    this.className = `keyboard keyboard--${kind === "pad" ? "pad" : "letters"}`;
    this.querySelectorAll(".keyboard__row").forEach((row) => row.remove());
    this.append(...rows.map((keys) => this.#row(keys)));
    this.#refresh();
  }

  #letters() {
    const { lang } = document.documentElement;
    if (this.#kind === "email") return LETTERS.en;
    return this.#cyrillic ? LETTERS.ru : LETTERS[lang === "ru" ? "en" : lang] ?? LETTERS.en;
  }

  #row(keys) {
    const row = Object.assign(document.createElement("div"), { className: "keyboard__row" });
    row.append(...keys.map((key) => this.#key(key)));
    return row;
  }

  #key(key, face = { swap: this.#cyrillic ? "ABC" : "АБВ", digits: this.#digits ? "ABC" : "123" }[key]) {
    const button = document.createElement("button");
    const plain = key.length === 1 || key === "accent";
    Object.assign(button, { type: "button", tabIndex: -1, className: `key key--${plain ? (/[\p{L}\d]/u.test(key) ? "letter" : "sign") : key}` });
    button.dataset.key = key;
    const drawing = this.querySelector(`template[data-key="${key}"]`);
    if (drawing) button.append(drawing.content.cloneNode(true));
    else button.textContent = face ?? key;
    return button;
  }
}

customElements.define("suki-keyboard", Keyboard);
