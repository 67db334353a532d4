// Keeps in this browser what is typed in a form until it is saved, and offers it again after the tab was closed.

const OURS = "draft ";
const store = (() => {
  try {
    return localStorage;
  } catch {
    return null; // a browser that keeps nothing
  }
})();

class Draft extends HTMLElement {
  #form;

  connectedCallback() {
    this.#form = this.closest("form");
    const kept = JSON.parse(store?.getItem(this.#name) ?? "null");
    this.hidden = !kept || alike(kept.typed, typed(this.#form));
    this.#form.addEventListener("input", () => this.#keep({ typed: typed(this.#form) }));
    this.#form.addEventListener("submit", () => this.#keep({ typed: typed(this.#form), sent: true }));
    this.addEventListener("click", (event) => {
      const way = event.target.closest("[data-draft]")?.dataset.draft;
      if (way === "bring") this.#bring(kept.typed);
      if (way === "drop") store?.removeItem(this.#name);
      if (way) this.hidden = true;
    });
  }

  get #name() {
    return OURS + this.getAttribute("name");
  }

  #keep(draft) {
    store?.setItem(this.#name, JSON.stringify(draft));
  }

  #bring(values) {
    for (const field of this.#form.elements) {
      if (field.type === "checkbox") field.checked = field.name in values;
      else if (field.type === "radio") field.checked = field.value === values[field.name];
      else if (is_kept(field)) field.value = values[field.name] ?? field.value;
    }
    for (const part of this.#form.querySelectorAll("details")) part.open = true;
    this.#form.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

const is_kept = (field) => field.name && field.name !== "csrf_token" && !["file", "submit"].includes(field.type);

// With the version that the page was about, so that a change which somebody else made meanwhile is told.
function typed(form) {
  const is_given = (field) => field.checked || !["checkbox", "radio"].includes(field.type);
  const fields = [...form.elements].filter((field) => is_kept(field) && is_given(field));
  return Object.fromEntries(fields.map((field) => [field.name, field.value]));
}

function alike(one, other) {
  const [said, too] = [one, other].map((values) => JSON.stringify({ ...values, version: 0, seen: 0 }));
  return said === too;
}

// A page that says it is saved comes after a form that was sent: what it sent needs no keeping.
if (/[?&](kept|saved)=/.test(location.search)) {
  for (const name of Object.keys(store ?? {})) {
    if (name.startsWith(OURS) && JSON.parse(store.getItem(name)).sent) store.removeItem(name);
  }
}

customElements.define("suki-draft", Draft);
