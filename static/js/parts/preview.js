// Shows beside a form, while somebody types, what customers and cashiers would read: of an offer its words, of a question
// the tablet's page in the language that is being typed. The server makes both.

const QUIET = 400; // ms since the last key

class Preview extends HTMLElement {
  #timer;
  #asked = 0;
  #language = "";
  #frame;

  connectedCallback() {
    const [form, figure] = [this.querySelector("form"), this.querySelector("figure[hidden]")];
    const draw = () => this.#draw(new URLSearchParams([...new FormData(form), ["language", this.#language]]));
    const draw_soon = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(draw, QUIET);
    };
    form.querySelector("[data-preview]").hidden = true;
    form.addEventListener("input", draw_soon);
    if (!figure) return;
    form.addEventListener("focusin", ({ target: { lang } }) => {
      if (!lang || lang === this.#language) return;
      this.#language = lang;
      draw_soon();
    });
    this.#frame = document.createElement("iframe");
    Object.assign(this.#frame, { inert: true, title: figure.textContent.trim() });
    figure.prepend(this.#frame);
    figure.hidden = false;
    draw();
  }

  async #draw(typed) {
    const mine = ++this.#asked;
    const answer = await fetch(this.getAttribute("src"), { method: "POST", body: typed }).catch(() => null);
    if (!answer?.ok) return; // what is typed is not whole yet
    const page = await answer.text();
    if (mine !== this.#asked) return;
    if (this.#frame) this.#frame.srcdoc = page;
    else this.querySelector("[data-shown]").replaceWith(new DOMParser().parseFromString(page, "text/html").querySelector("[data-shown]"));
  }
}

customElements.define("suki-preview", Preview);
