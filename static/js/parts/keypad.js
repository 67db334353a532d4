// Twelve keys on the screen, for who has no others; the screen's own keyboard comes only when letters are asked for.

const CODE = 12; // digits, which send themselves

class Keypad extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    const field = form.elements.q;
    const panel = this.querySelector(".keypad");
    const opener = this.querySelector("[data-type]");
    const open = (is_open) => {
      panel.hidden = !is_open;
      opener.setAttribute("aria-expanded", String(is_open));
    };
    opener.hidden = false;
    opener.addEventListener("click", () => open(panel.hidden));
    form.addEventListener("submit", () => open(false)); // the answer is what is looked at now
    panel.addEventListener("click", ({ target }) => {
      const key = target.closest("button");
      if (key?.dataset.key) field.value += key.dataset.key;
      if (key?.dataset.key && field.value.length === CODE && /^\d+$/.test(field.value)) form.requestSubmit();
      if (key?.matches("[data-erase]")) field.value = field.value.slice(0, -1);
      if (key?.matches("[data-letters]")) {
        field.inputMode = "text";
        field.focus();
        field.addEventListener("blur", () => { field.inputMode = "none"; }, { once: true });
      }
    });
  }
}

customElements.define("suki-keypad", Keypad);
