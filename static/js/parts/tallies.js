// Sums for the office: how far people get, and how many seconds each question takes.
// No answers, nothing that tells one person from another.

const kiosk = document.querySelector("suki-questionnaire:not([apart])");
const seconds = {};
let at = null;
let since = 0;

function leave_step() {
  if (at) seconds[`seconds.${at}`] = (seconds[`seconds.${at}`] ?? 0) + (performance.now() - since) / 1000;
  since = performance.now();
}

function end(how) {
  if (!at) return;
  leave_step();
  at = null;
  if (kiosk.hasAttribute("regular")) how = "regular";
  const { csrf_token, questionnaire } = kiosk.querySelector("form").elements;
  const took = Object.fromEntries(Object.entries(seconds).map(([step, passed]) => [step, Math.round(passed)]));
  const body = new URLSearchParams({ csrf_token: csrf_token.value, questionnaire: questionnaire.value, end: how, ...took });
  fetch("/tallies", { method: "POST", body, keepalive: true }).catch(() => {});
}

if (kiosk) {
  kiosk.addEventListener("shown", ({ target }) => {
    leave_step();
    at = target.dataset.step === "welcome" ? null : target.dataset.step;
    if (at === "regular") end(at);
  }, { capture: true });
  kiosk.addEventListener("finished", () => end("finished"));
  addEventListener("pagehide", () => end(at), { capture: true });
}
