// A button that opens the phone's share sheet with a text, where there is one and the text may still be sent.

class Share extends HTMLElement {
  connectedCallback() {
    this.hidden = !navigator.share;
    this.addEventListener("click", () => this.#share());
  }

  async #share() {
    const place = this.getAttribute("href");
    const answer = await fetch(place, { headers: { "Accept": "application/json" } }).catch(() => null);
    if (!answer?.ok) return location.assign(place);
    navigator.share({ text: (await answer.json()).text }).catch(() => {});
  }
}

customElements.define("suki-share", Share);
