// Says how far a long export is, beside what asked for it, until the file is there.

const EVERY = 1000; // ms
const STARTS = 5; // times that are asked before an export must have begun
const LONG = 2000; // rows
const quietly = { headers: { "X-Quiet": "1", "Accept": "application/json" } };
const ask = () => fetch("/office/exports/progress", quietly).then((answer) => answer.ok ? answer.json() : null, () => null);

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-rows]");
  if (button && Number(button.dataset.rows) >= LONG && (!button.form || button.form.checkValidity())) follow(button);
});

async function follow(button) {
  const told = document.querySelector(".making") ?? document.createElement("p");
  Object.assign(told, { className: "message message--note making", role: "status" });
  button.closest(".page__head, form").after(told);
  const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent" });
  for (let asked = 0, rows = 0, begun = false; rows !== null || (!begun && asked < STARTS); asked++) {
    const tenths = Math.floor((10 * rows) / button.dataset.rows);
    told.textContent = `${button.dataset.making} ${percent.format(Math.min(tenths / 10, 0.9))}`;
    await new Promise((after) => setTimeout(after, EVERY));
    rows = (await ask())?.rows ?? null;
    begun ||= rows !== null;
  }
  told.remove();
}
