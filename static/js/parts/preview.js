// Draws beside an offer what customers and cashiers would read, while it is typed: the server's own words.

const QUIET = 400; // ms since the last key

class Preview extends HTMLElement {
  #timer;
  #asked = 0;

  connectedCallback() {
    const form = this.querySelector("form");
    form.querySelector("[data-preview]").hidden = true;
    form.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#draw(new URLSearchParams(new FormData(form))), QUIET);
    });
  }

  async #draw(typed) {
    const mine = ++this.#asked;
    const answer = await fetch(this.getAttribute("src"), { method: "POST", body: typed }).catch(() => null);
    if (!answer?.ok) return; // what is typed is not whole yet
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === this.#asked) this.querySelector("[data-shown]").replaceWith(page.querySelector("[data-shown]"));
  }
}

customElements.define("suki-preview", Preview);
