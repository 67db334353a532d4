// Keys for a PIN, larger than the tablet's own; the sixth digit sends it. A keyboard plugged in works beside them.
import { SILENCE, WHOLE } from "./keys.js";

class Pad extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    const field = form.elements.pin;
    const send = () => { if (field.value.length === field.maxLength) form.requestSubmit(); };
    let times = [];
    let timer;
    this.querySelector("[data-pad]").hidden = false;
    field.inputMode = "none";
    document.addEventListener("keydown", (event) => {
      clearTimeout(timer);
      times = [...times, event.timeStamp].slice(-field.maxLength);
    }, { capture: true });
    field.addEventListener("input", () => {
      const is_fast = times.every((at, n) => n === 0 || at - times[n - 1] <= SILENCE);
      timer = setTimeout(send, is_fast ? WHOLE : 0); // a scanner would go on typing
    });
    this.querySelector("[data-pad]").addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) return;
      field.value = key.value ? (field.value + key.value).slice(0, field.maxLength) : field.value.slice(0, -1);
      send();
    });
    if (field.value) timer = setTimeout(send, WHOLE); // all of it may be typed before this page could listen
  }
}

customElements.define("suki-pad", Pad);
