// Shows one question at a time: forward, back, skip, change, and to the first thing that is wrong.
import { clear_errors, fit, leave_for, show_error, words_when_away } from "./screen.js";

const GUARD = 350; // ms in which a new screen takes no touch, so that a double tap answers one question only

class Questionnaire extends HTMLElement {
  #form;
  #all;
  #steps;
  #at = 0;
  #changing = false;
  #open_at = 0;
  #title = document.title;

  connectedCallback() {
    this.#form = this.querySelector("form");
    this.#all = [...this.querySelectorAll("[data-step]:not([data-step=refused], [data-step=regular])")];
    this.#steps = this.#all;
    for (const touch of ["click", "pointerdown"]) this.addEventListener(touch, (event) => this.#guard(event), { capture: true });
    this.addEventListener("submit", (event) => this.#hold(event), { capture: true });
    this.addEventListener("click", (event) => this.#follow(event));
    this.addEventListener("input", () => this.#mend());
    this.addEventListener("change", () => this.#refresh());
    this.addEventListener("swapped", () => { this.#refresh(); this.#focus(); });
    this.addEventListener("answering", () => this.#draw(this.#at + 1));
    this.addEventListener("answered", (event) => { if (this.#step.contains(event.target)) this.#forward(); });
    this.addEventListener("wrong", (event) => this.#correct(event.detail));
    this.addEventListener("failed", () => this.#fail(true));
    this.addEventListener("refused", (event) => this.#refuse(event.detail));
    const wrong = this.querySelector("[data-error]:not([hidden])");
    this.#show(wrong ? this.#index_of(wrong) : Number(this.hasAttribute("begun")));
  }

  get #step() {
    return this.#steps[this.#at];
  }

  get #last() {
    return this.#steps.length - 1;
  }

  get #is_thanked() {
    return this.#step.dataset.step === "regular";
  }

  #show(at) {
    while (this.#is_left_out(at)) at += at < this.#at ? -1 : 1;
    this.#at = Math.min(Math.max(at, 0), this.#last);
    if (this.#at === this.#last) this.#changing = false;
    this.#steps.forEach((step, n) => { step.hidden = n !== this.#at; });
    this.#open_at = performance.now() + GUARD;
    this.#fail(false);
    if (this.#at === 0) this.#ask_a_regular(false);
    if (this.#is_thanked) this.#wipe();
    this.#step.dispatchEvent(new Event("shown"));
    this.#refresh();
    this.#focus();
  }

  // A step that is about one answer only, as whom to thank, who was sent by a friend.
  #is_left_out(at) {
    const only = this.#steps[at]?.dataset.only;
    return only && !this.#form.querySelector(`${only}:checked`);
  }

  #forward() {
    clear_errors(this.#form);
    const field = this.#step.querySelector("[data-missing]:enabled");
    if (this.#step.hasAttribute("data-required") && field && !field.value.trim()) {
      return this.#correct({ [field.name]: field.dataset.missing });
    }
    // What is to be looked at first holds this back, and says “answered” or “wrong” when it has been.
    if (!this.#step.dispatchEvent(new Event("leaving", { cancelable: true }))) return;
    if (this.hasAttribute("single") && this.#at === this.#last) return this.#form.requestSubmit(this.querySelector("[data-submit]"));
    this.#show(this.#changing ? this.#last : this.#at + 1);
  }

  #back() {
    if (this.hasAttribute("apart") && this.#at === 1) return leave_for("/", words_when_away());
    clear_errors(this.#form);
    this.#show(this.#changing ? this.#last : this.#at - 1);
  }

  #skip() {
    for (const input of this.#step.querySelectorAll("input, textarea")) {
      if (input.matches("[type=radio], [type=checkbox]")) input.checked = false;
      else input.value = "";
    }
    this.#step.dispatchEvent(new Event("skipped"));
    this.#forward();
  }

  #follow(event) {
    const control = event.target.closest("[data-go], [data-change]");
    if (!control) return;
    event.preventDefault();
    if (control.dataset.change) {
      this.#show(this.#index_of(this.#form.querySelector(`[name="${control.dataset.change}"]`)));
      this.#changing = true;
    } else {
      ({ back: () => this.#back(), skip: () => this.#skip(), next: () => this.#forward(), regular: () => this.#ask_a_regular(true) })[control.dataset.go]();
    }
  }

  // Who comes here already is asked for her contact only. It is checked for mistakes, wiped, and kept nowhere: whether she is
  // known is the cashier's to say, and never a screen's at which anybody may type anybody's number. What it does: it counts
  // (tallies.js) how many came this way, and sends her to the till with what she is found by.
  #ask_a_regular(is_one) {
    if (is_one === this.hasAttribute("regular")) return;
    this.toggleAttribute("regular", is_one);
    const contact = this.querySelector("[data-step]:has(suki-contact)");
    const about = contact.querySelectorAll(".eyebrow, .hint"); // they speak of a coupon
    for (const line of about) [line.textContent, line.dataset.kept] = [line.dataset.kept ?? "", line.textContent];
    this.#steps = is_one ? [this.#all[0], contact, this.querySelector("[data-step=regular]")] : this.#all;
    if (is_one) this.#show(1);
  }

  #guard(event) {
    if ((event.type === "click" && event.detail === 0) || performance.now() > this.#open_at) return; // detail 0: a key, not a touch
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Enter in a field goes on to the next question; only the last screen sends.
  #hold(event) {
    if (!this.querySelector("[data-submit]").hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.#forward();
  }

  #correct(errors) {
    clear_errors(this.#form);
    const fields = Object.entries(errors).map(([name, message]) => show_error(this.#form, name, message)).filter(Boolean);
    if (fields.length === 0) return this.#fail(true);
    this.#changing ||= this.#at === this.#last;
    this.#show(this.#index_of(fields[0]));
    fields[0].focus();
  }

  #mend() {
    if (this.#step.querySelector("[data-error]:not([hidden])")) {
      clear_errors(this.#form);
      fit(this);
    }
    this.#refresh();
  }

  #fail(failed) {
    this.querySelector("[data-failed]")?.toggleAttribute("hidden", !failed);
    fit(this);
  }

  #wipe() {
    this.#form.reset();
    for (const field of this.querySelectorAll("[data-stored]")) delete field.dataset.stored;
    this.querySelector("suki-keyboard").serve(null);
  }

  #refuse(told) {
    this.#wipe();
    this.#steps.forEach((step) => { step.hidden = true; });
    this.querySelector("[data-step=refused]").hidden = false;
    this.querySelectorAll("[data-go], [data-submit]").forEach((button) => { button.hidden = true; });
    this.#button("[data-finish]", true);
    for (const line of this.querySelectorAll("[data-refusal]")) line.textContent = told[line.dataset.refusal];
    this.querySelector("[data-refusal]").focus();
  }

  // What stands around the question: the layout, the buttons, the seal, the page's title.
  #refresh() {
    if (!this.#steps) return;
    const asks = this.#at > 0 && this.#at < this.#last;
    const answers = [...this.#step.querySelectorAll("input:enabled, textarea")];
    const answered = answers.some((input) => input.type !== "radio" || input.checked);
    this.dataset.layout = (this.#step.querySelector("[data-panel]:not([hidden])") ?? this.#step).dataset.layout;
    this.dataset.at = this.#at;
    this.#button("[data-go=back]", this.#at > 0 && !this.#is_thanked);
    this.#button("[data-go=skip]", asks && !this.#step.hasAttribute("data-required"));
    this.#button("button[data-go=next]", asks && answered);
    this.#button("[data-submit]", this.#at === this.#last && !this.#is_thanked);
    this.#button("[data-finish]", this.#is_thanked);
    this.#draw(asks ? this.#at : this.#last);
    const wrong = this.#step.querySelector("[data-error]:not([hidden])");
    document.title = (wrong ? this.dataset.errorPrefix : "") + this.#title;
  }

  #button(which, wanted) {
    this.querySelector(which)?.toggleAttribute("hidden", !wanted);
  }

  // Two rings at the first question, quickly more, the last two together at the end, however many questions there are.
  #draw(question) {
    const rings = 2 + Math.floor(4 * (question - 1) / Math.max(1, this.#last - 1));
    this.querySelector("suki-seal").setAttribute("rings", Math.min(rings, 6));
  }

  #focus() {
    const place = this.#step.querySelector("[data-panel]:not([hidden])") ?? this.#step;
    const field = place.querySelector(".field__box");
    this.querySelector("suki-keyboard")?.serve?.(field);
    fit(this);
    (field ?? this.#step.querySelector(".question"))?.focus({ preventScroll: true });
  }

  #index_of(node) {
    return this.#steps.indexOf(node.closest("[data-step]"));
  }
}

customElements.define("suki-questionnaire", Questionnaire);
