// A form to type in without a mouse: it begins in its first field, or the first that is wrong; Enter goes on to the next
// question, and sends the form from the last.

class Typing extends HTMLElement {
  connectedCallback() {
    (this.querySelector("[aria-invalid]") ?? this.#fields[0])?.focus();
    this.addEventListener("keydown", (event) => this.#go_on(event));
  }

  get #fields() {
    return [...this.querySelectorAll("input:not([type=hidden]), select, textarea")];
  }

  #go_on(event) {
    if (event.key !== "Enter" || event.isComposing || !event.target.matches("input, select")) return;
    const rest = this.#fields.slice(this.#fields.indexOf(event.target) + 1);
    const next = rest.find((field) => field.name !== event.target.name);
    if (!next) return;
    event.preventDefault();
    next.focus();
  }
}

customElements.define("suki-typing", Typing);
