// Asks whether she is still there, and clears the screen for the next person. Any touch or key means that she is.
import { leave_for } from "./screen.js";

const WARNING = 20; // s; WCAG 2.2.1 asks for no less
const PATIENCE = { tapping: 45, typing: 60, reading: 90 }; // s

class Idle extends HTMLElement {
  #dialog = this.querySelector("dialog");
  #since = Date.now();
  #said;
  #timer;

  connectedCallback() {
    for (const sign of ["pointerdown", "keydown", "input"]) {
      addEventListener(sign, (event) => this.#stay(event), { capture: true, passive: true });
    }
    this.querySelector("[data-clear]").addEventListener("click", () => this.#clear());
    this.querySelector("[data-more]").addEventListener("click", () => this.#stay());
    this.#dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.#timer = setInterval(() => this.#look(), 250); // by the clock on the wall: a tablet that slept wakes up cleared
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  // How long this screen waits; nothing at all while there is nothing of anybody on it.
  get #patience() {
    if (document.querySelector("dialog.sheet[open]")) return PATIENCE.reading;
    const { at, layout } = document.querySelector("[data-layout]").dataset;
    if (at === "0" && !document.documentElement.className.trim()) return Infinity;
    const slow = [...document.querySelectorAll(".field__box, suki-readback")].some((part) => part.offsetParent);
    return slow || layout === "coupon" ? PATIENCE.typing : PATIENCE.tapping;
  }

  #stay(event) {
    if (event?.key === "Tab" && this.#dialog.open) return; // on her way from one button to the other
    if (event?.target.closest?.("[data-clear]")) return;
    this.#since = Date.now();
    document.body.classList.remove("is-asked");
    if (this.#dialog.open) this.#dialog.close();
  }

  #look() {
    if (this.#since === Infinity) return;
    const left = Math.ceil(this.#patience + WARNING - (Date.now() - this.#since) / 1000);
    if (left > WARNING) return;
    if (left <= 0) return this.#clear();
    if (!this.#dialog.open) this.#dialog.showModal();
    document.body.classList.add("is-asked");
    this.querySelector("[data-number]").textContent = left;
    this.#dialog.style.setProperty("--left", left);
    const moment = [20, 10, 5].find((mark) => left <= mark && left > mark - 1);
    if (moment && moment !== this.#said) this.querySelector("[data-said]").textContent = this.dataset.left.replace("{n}", moment);
    this.#said = moment ?? this.#said;
  }

  // Her answers go at once; the next person's page comes as soon as the server gives it.
  #clear() {
    if (this.#since === Infinity) return;
    this.#since = Infinity;
    const body = new FormData();
    body.set("csrf_token", document.querySelector("meta[name=csrf-token]").content);
    document.body.classList.remove("is-asked");
    document.body.replaceChildren();
    leave_for("/", this.dataset.offline, () => fetch("/coupon/done", { method: "POST", body, redirect: "manual" }));
  }
}

customElements.define("suki-idle", Idle);
