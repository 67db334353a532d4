// Sums for the office: how far people get, how many seconds each question takes, and whether the tablet is clean after them.
// No answers, nothing that tells one person from another.

const OURS = ["csrf_token", "operation_id", "language", "questionnaire"];
const kiosk = document.querySelector("suki-questionnaire:not([apart])");
const seconds = {};
let at = null;
let since = 0;

function tell(facts) {
  const { csrf_token, questionnaire } = kiosk.querySelector("form").elements;
  const body = new URLSearchParams({ csrf_token: csrf_token.value, questionnaire: questionnaire.value, ...facts });
  fetch("/tallies", { method: "POST", body, keepalive: true }).catch(() => {});
}

function leave_step() {
  if (at) seconds[`seconds.${at}`] = (seconds[`seconds.${at}`] ?? 0) + (performance.now() - since) / 1000;
  since = performance.now();
}

function end(how) {
  if (!at) return;
  leave_step();
  at = null;
  if (kiosk.hasAttribute("regular")) how = "regular";
  tell({ end: how, ...Object.fromEntries(Object.entries(seconds).map(([step, took]) => [step, Math.round(took)])) });
}

// What is left of the one before: the tablet looks itself.
async function left() {
  const typed = [...document.querySelectorAll("input, textarea")].filter((field) => !OURS.includes(field.name));
  const databases = await indexedDB.databases?.().catch(() => []) ?? [];
  const kept = window.caches ? (await caches.keys()).filter((name) => !name.startsWith("suki-")) : [];
  return Object.entries({
    fields: typed.some((field) => field.checked || (!field.matches("[type=radio], [type=checkbox]") && field.value)),
    storage: localStorage.length + sessionStorage.length > 0,
    databases: databases.length > 0,
    caches: kept.length > 0,
    cookies: document.cookie !== "",
    address: location.search + location.hash !== "",
    history: history.state !== null,
  }).filter(([, is_left]) => is_left).map(([what]) => what);
}

if (kiosk) {
  kiosk.addEventListener("shown", ({ target }) => {
    leave_step();
    at = target.dataset.step === "welcome" ? null : target.dataset.step;
    if (at === "regular") end(at);
  }, { capture: true });
  kiosk.addEventListener("finished", () => end("finished"));
  addEventListener("pagehide", () => end(at), { capture: true });
  if (kiosk.matches("[data-after]:not([begun])")) setTimeout(async () => tell({ hands: (await left()).join(" ") || "clean" }), 500);
}
