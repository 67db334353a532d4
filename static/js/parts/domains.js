// E-mail domains to tap, and a doubt about one that looks mistyped. It only asks: whatever she typed may be sent.

const KNOWN = ["gmail.com", "yahoo.com", "icloud.com", "outlook.com", "hotmail.com", "live.com", "mail.com", "gmx.com", "yahoo.com.ph", "online.no", "mail.ru", "yandex.ru", "bk.ru", "inbox.ru", "rambler.ru"];
const PAUSE = 1200; // ms after which the beginning of a domain counts as all of it

class Domains extends HTMLElement {
  #field = document.getElementById(this.getAttribute("for"));
  #timer;

  connectedCallback() {
    this.hidden = false;
    this.#field.addEventListener("input", () => this.#read());
    this.addEventListener("mousedown", (event) => event.preventDefault());
    this.addEventListener("click", (event) => {
      const { domain } = event.target.closest("[data-domain]")?.dataset ?? {};
      if (domain) this.#put(domain);
    });
    this.#read();
  }

  #put(domain) {
    this.#field.value = `${this.#field.value.split("@")[0]}@${domain}`;
    this.#field.dispatchEvent(new InputEvent("input", { bubbles: true }));
    this.#field.focus({ preventScroll: true });
  }

  #read() {
    clearTimeout(this.#timer);
    const [, typed = ""] = this.#field.value.trim().toLowerCase().split("@");
    const meant = KNOWN.includes(typed) ? undefined : KNOWN.find((domain) => is_near(typed, domain));
    if (meant?.startsWith(typed)) this.#timer = setTimeout(() => this.#doubt(meant), PAUSE);
    this.#doubt(meant?.startsWith(typed) ? undefined : meant);
  }

  #doubt(meant) {
    const doubt = this.querySelector(".domains__doubt");
    doubt.hidden = !meant;
    this.querySelectorAll(".domains__chip").forEach((chip) => { chip.hidden = Boolean(meant); });
    if (!meant) return;
    doubt.querySelector("b").textContent = `${this.#field.value.trim().split("@")[0]}@${meant}`;
    doubt.querySelector("button").dataset.domain = meant;
  }
}

// One slip away: a letter too many, missing, wrong, or two that changed places (Damerau 1964); the ending may be cut short.
function is_near(typed, domain) {
  const [name, ...ending] = typed.split(".");
  const [known, ...rest] = domain.split(".");
  if (!name || ending.length === 0) return false;
  const slips = distance(name, known) + distance(ending.join("."), rest.join("."));
  return slips > 0 && slips <= (known.length > 4 ? 2 : 1) && distance(name, known) <= 1;
}

function distance(a, b) {
  const row = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  for (let j = 1; j <= b.length; j++) row[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      row[i][j] = Math.min(row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + (a[i - 1] !== b[j - 1]));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) row[i][j] = Math.min(row[i][j], row[i - 2][j - 2] + 1);
    }
  }
  return row[a.length][b.length];
}

customElements.define("suki-domains", Domains);
