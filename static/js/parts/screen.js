// What is done to the screen that shows: it closes up so that nothing needs to scroll, says under a field what to mend, and leaves without a trace.

const TIGHTEST = 4;

export function fit(kiosk) {
  const parts = [...kiosk.querySelectorAll(".kiosk__top, .kiosk__main, .kiosk__foot")];
  delete kiosk.dataset.scrolls;
  for (let step = 0; step <= TIGHTEST; step++) {
    kiosk.dataset.fit = step;
    if (!parts.some((part) => is_full(part))) return;
  }
  const main = kiosk.querySelector(".kiosk__main");
  if (!is_full(main, { paddingTop: 0, paddingBottom: 0 })) return; // what stands in its padding is seen
  kiosk.dataset.scrolls = ""; // a question of the shop's own may be too long for any screen
  main.scrollTop = kiosk.dataset.layout === "type" ? main.scrollHeight : 0;
}

// By where things are laid out, not by where a transition shows them at the moment.
function is_full(part, { paddingTop, paddingBottom } = getComputedStyle(part)) {
  const top = part.offsetTop + parseFloat(paddingTop);
  const bottom = part.offsetTop + part.clientHeight - parseFloat(paddingBottom);
  const sticks_out = (child) => child.offsetHeight > 1 && (child.offsetTop < top - 1 || child.offsetTop + child.offsetHeight > bottom + 1);
  return part.scrollWidth > part.clientWidth + 1 || [...part.children].some(sticks_out);
}

const kiosk = document.querySelector(".kiosk");
const fit_again = () => fit(kiosk);
window.addEventListener("resize", fit_again);
document.fonts.addEventListener("loadingdone", fit_again);
fit_again();

// The instruction stands under the field it is about, and is read aloud at once.
export function show_error(form, name, message) {
  const error = form.querySelector(`[data-error="${name}"]`);
  if (!error) return null;
  error.textContent = message.replace(/(?<=\d) (?=\d)/g, "\u00a0"); // a number stays on one line
  error.hidden = false;
  const field = form.querySelector(`#field-${name}`) ?? form.querySelector(`[name="${name}"]`);
  field?.setAttribute("aria-invalid", "true");
  field?.closest("suki-swap")?.show(field.closest("[data-panel]").dataset.panel);
  return field;
}

export function clear_errors(form) {
  for (const error of form.querySelectorAll("[data-error]")) {
    error.hidden = true;
    error.textContent = "";
  }
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

const AGAIN = 5000; // ms between two tries

// Goes to another page without a trace of this one, and only once the server is there: nobody meets the browser's error page.
// `first` is what is still to be told the server; until it answers, these words stand on an empty screen.
export async function leave_for(url, words, first = () => fetch("/static/favicon.svg", { method: "HEAD", cache: "no-store" })) {
  for (;;) {
    try {
      await first();
      return location.replace(url);
    } catch {
      const said = document.createElement("p");
      said.className = "idle__offline";
      said.textContent = words;
      document.body.replaceChildren(said);
      await new Promise((later) => setTimeout(later, AGAIN));
    }
  }
}

export const words_when_away = () => document.querySelector("[data-offline]")?.dataset.offline ?? "";
