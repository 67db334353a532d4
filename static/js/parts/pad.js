// Keys for a PIN, larger than the tablet's own; the sixth digit sends it. A keyboard plugged in works beside them.

class Pad extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const field = form.elements.pin;
    const send = () => { if (field.value.length === field.maxLength) form.requestSubmit(); };
    this.querySelector("[data-pad]").hidden = false;
    field.inputMode = "none";
    field.addEventListener("input", send);
    this.querySelector("[data-pad]").addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) return;
      field.value = key.value ? (field.value + key.value).slice(0, field.maxLength) : field.value.slice(0, -1);
      send();
    });
  }
}

customElements.define("suki-pad", Pad);
