// Says at once that a file is too large; a server can say so only when it has all of it.

class FileField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("[type=file]");
    input.addEventListener("change", () => {
      const is_large = [...input.files].some((file) => file.size > this.dataset.most);
      input.setCustomValidity(is_large ? this.dataset.said : "");
      input.reportValidity();
    });
  }
}

customElements.define("suki-file", FileField);
