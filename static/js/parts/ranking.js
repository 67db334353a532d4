// Ranks in the order of the taps: the first is the most important, a second tap takes it back.

class Ranking extends HTMLElement {
  #order = [];

  connectedCallback() {
    const boxes = [...this.querySelectorAll("input")];
    const named = this.getAttribute("chosen").split(" ");
    this.#order = named.map((value) => boxes.find((box) => box.value === value)).filter(Boolean);
    this.addEventListener("change", (event) => this.#rank(event.target));
    this.closest("form").addEventListener("formdata", (event) => this.#send(event.formData, boxes[0].name));
    this.closest("[data-step]").addEventListener("skipped", () => { this.#order = []; this.#show(); });
    this.#show();
  }

  #rank(box) {
    this.#order = this.#order.filter((one) => one !== box);
    if (box.checked) this.#order.push(box);
    this.#show();
    this.querySelector("[role=status]").textContent = this.#order.map((one, n) => `${n + 1}: ${one.closest("label").textContent.trim()}`).join(", ");
  }

  #show() {
    const is_full = this.#order.length >= Number(this.getAttribute("most"));
    for (const box of this.querySelectorAll("input")) {
      const rank = this.#order.indexOf(box) + 1;
      box.closest("label").dataset.rank = rank || "";
      box.disabled = is_full && !rank;
    }
  }

  #send(data, name) {
    data.delete(name);
    this.#order.forEach((box) => data.append(name, box.value));
  }
}

customElements.define("suki-ranking", Ranking);
