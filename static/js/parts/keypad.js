// Twelve keys on the screen, for who has no others; the screen's own keyboard comes only when letters are asked for.

class Keypad extends HTMLElement {
  connectedCallback() {
    const field = this.closest("form").elements.q;
    const panel = this.querySelector(".keypad");
    const opener = this.querySelector("[data-type]");
    opener.hidden = false;
    opener.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      opener.setAttribute("aria-expanded", String(!panel.hidden));
    });
    panel.addEventListener("click", ({ target }) => {
      const key = target.closest("button");
      if (key?.dataset.key) field.value += key.dataset.key;
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
