// A number of seconds in a sentence, counted down.

class Countdown extends HTMLElement {
  #timer;

  connectedCallback() {
    const ends = performance.now() + 1000 * this.getAttribute("seconds");
    this.#timer = setInterval(() => {
      const left = Math.max(0, Math.ceil((ends - performance.now()) / 1000));
      this.textContent = this.textContent.replace(/\d+/, left);
      if (!left) clearInterval(this.#timer);
    }, 500);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }
}

customElements.define("suki-countdown", Countdown);
