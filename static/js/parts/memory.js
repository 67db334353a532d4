// What this browser redeemed in the last 72 hours, told to a server whose data was restored from before it.

const LASTS = 72 * 60 * 60 * 1000; // ms
const PIECE = 200; // redemptions in one request
const DONE = "till-done";
const EPOCH = "till-epoch";

export function remember(result) {
  const told = result.querySelector("[data-redemption]");
  const undone = result.querySelector("[data-undone]")?.dataset.undone;
  if (!told && !undone) return;
  const one = told && { ...JSON.parse(told.dataset.redemption), kept: Date.now() };
  const others = stored().filter(({ id, number, kept }) => id !== one?.id && String(number) !== undone && Date.now() - kept < LASTS);
  put(DONE, JSON.stringify(one ? [...others, one] : others));
}

export async function tell({ epoch, reports }) {
  if (!epoch || get(EPOCH) === epoch) return;
  for (let done = stored(), first = true; first || done.length; done = done.slice(PIECE), first = false) {
    const body = new FormData();
    body.set("csrf_token", document.querySelector("[name=csrf-token]").content);
    body.set("operations", JSON.stringify(done.slice(0, PIECE)));
    if (done.length > PIECE) body.set("goes_on", "yes");
    const answer = await fetch(reports, { method: "POST", body, headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return; // the next page of the till tries again
  }
  put(EPOCH, epoch);
}

function stored() {
  return JSON.parse(get(DONE) ?? "[]");
}

// A browser may keep nothing, or no more.
function get(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function put(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // then the till has nothing to tell
  }
}
