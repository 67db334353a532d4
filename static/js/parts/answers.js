// What answering feels like: a choice goes on by itself, one of two ways to answer shows, everything is read back.

// A tap on one answer is enough: shortly after it the questionnaire goes on by itself; by keyboard one may look around first.

const LOOK = 280; // ms in which she sees what she chose

class Choice extends HTMLElement {
  #tapped = false;
  #timer;

  connectedCallback() {
    this.addEventListener("pointerup", () => { this.#tapped = true; });
    this.addEventListener("keydown", () => { this.#tapped = false; });
    this.addEventListener("change", (event) => {
      clearTimeout(this.#timer);
      if (!this.#tapped || event.target.dataset.show) return;
      event.stopPropagation();
      this.dispatchEvent(new Event("answering", { bubbles: true }));
      this.#timer = setTimeout(() => this.dispatchEvent(new Event("answered", { bubbles: true })), LOOK);
    });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }
}

customElements.define("suki-choice", Choice);

// Shows one of two ways to answer the same question; what is typed in the hidden one is kept, but not sent.

class Swap extends HTMLElement {
  connectedCallback() {
    this.querySelectorAll("button[data-show]").forEach((button) => { button.hidden = false; });
    this.addEventListener("click", (event) => this.#follow(event.target.closest("button[data-show]")));
    this.addEventListener("change", (event) => this.#follow(event.target.closest("[data-show]:checked")));
    this.show(this.getAttribute("open"));
  }

  show(name) {
    for (const panel of this.querySelectorAll("[data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
      for (const input of panel.querySelectorAll("input")) {
        input.disabled = panel.hidden;
        if (!panel.hidden && input.dataset.show) input.checked = false;
      }
    }
    this.dispatchEvent(new Event("swapped", { bubbles: true }));
  }

  #follow(control) {
    if (control) this.show(control.dataset.show);
  }
}

customElements.define("suki-swap", Swap);

// Reads back what was typed, asks for a consent only for a channel that was given, and opens the privacy notice.

class Readback extends HTMLElement {
  connectedCallback() {
    this.closest("[data-step]").addEventListener("shown", () => this.#read());
    this.querySelector("dl").hidden = false;
    const notice = document.getElementById("privacy");
    this.querySelector("[data-opens]").addEventListener("click", (event) => {
      event.preventDefault();
      notice.showModal();
    });
    notice.querySelector("[data-close]").addEventListener("click", (event) => {
      event.preventDefault();
      notice.close();
    });
  }

  #read() {
    const given = new FormData(this.closest("form"));
    const last = (name) => given.getAll(name).map((value) => value.trim()).filter(Boolean).pop();
    for (const row of this.querySelectorAll("[data-answer]")) {
      const field = [...document.getElementsByName(row.dataset.answer)].find((one) => one.dataset.stored && !one.disabled);
      const answer = field?.dataset.stored ?? last(row.dataset.answer);
      row.hidden = !answer;
      row.querySelector("dd").textContent = answer ?? "";
    }
    for (const box of this.querySelectorAll("[data-channel]")) {
      box.disabled = !last(box.dataset.channel);
      box.closest("label").hidden = box.disabled;
    }
  }
}

customElements.define("suki-readback", Readback);

// Has the server look at a number or an address before the next screen, so that what is wrong is said at once and what will
// be stored is what is read back. Without an answer she goes on: the whole form is looked at again when it is sent.

const PATIENCE = 3000; // ms

class Contact extends HTMLElement {
  connectedCallback() {
    this.addEventListener("input", ({ target }) => { delete target.dataset.stored; });
    this.closest("[data-step]").addEventListener("leaving", (event) => {
      const field = this.querySelector("input:enabled");
      if (!field.value.trim() || "stored" in field.dataset) return;
      event.preventDefault();
      this.#check(field);
    });
  }

  async #check(field) {
    const { value } = field;
    const body = new FormData();
    body.set(field.name, value);
    body.set("language", document.documentElement.lang);
    const headers = { "Accept": "application/json", "X-CSRFToken": field.form.elements.csrf_token.value };
    const answer = await fetch(this.getAttribute("action"), { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE) }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    if (!this.offsetParent || field.value !== value || field.disabled) return; // she typed on, or went elsewhere
    if (answer?.status === 422) return this.dispatchEvent(new CustomEvent("wrong", { detail: told.errors, bubbles: true }));
    field.dataset.stored = (answer?.ok && told?.[field.name]) || value;
    this.dispatchEvent(new Event("answered", { bubbles: true }));
  }
}

customElements.define("suki-contact", Contact);
