// How a tablet on a counter behaves: it stays awake, doesn't burn in, sleeps when the shop does, and has no way out.

const MINUTE = 60_000;
const LOOK_UP = 5_000; // ms between two looks at what is new
const kiosk = document.querySelector("[data-layout]");
const rests = () => kiosk.dataset.layout === "welcome" || "away" in kiosk.dataset || kiosk.dataset.at === "0";
let touched_at = Date.now();

async function stay_awake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => {});
}

// The shop's clock, not the tablet's: minutes since midnight when the page came, and since then by ours.
function is_closed() {
  const { opens, closes, now, closed } = document.body.dataset;
  if (closed !== undefined) return true;
  if (!opens || !closes || opens === closes) return false;
  const at = (Number(now) + performance.now() / MINUTE) % 1440;
  return Number(opens) < Number(closes) ? at < opens || at >= closes : at < opens && at >= closes;
}

function look() {
  const idle = rests() && Date.now() - touched_at > MINUTE;
  document.body.classList.toggle("is-dim", idle && is_closed());
  document.body.dataset.shift = idle ? Math.floor(Date.now() / MINUTE) % 9 : 4;
}

// A screen that rests shows what the shop says now, and comes back by itself when the server does.
async function renew() {
  if (!rests()) return;
  if (await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false)) location.replace("/");
}

// The next customer answers the questions of now, for the offer of now; who has begun goes on with hers.
async function keep_up() {
  if (!kiosk.dataset.shown || !rests()) return;
  const now = await fetch(`/shown?clock=${Date.now()}`, { cache: "no-store" }).then((answer) => answer.ok && answer.json(), () => null);
  if (now && now.shown !== kiosk.dataset.shown && rests() && Date.now() - touched_at > LOOK_UP) location.replace("/");
}

for (const way_out of ["contextmenu", "dragstart", "gesturestart"]) addEventListener(way_out, (event) => event.preventDefault());
addEventListener("touchmove", (event) => { if (event.touches.length > 1) event.preventDefault(); }, { passive: false });
addEventListener("keydown", (event) => { if ((event.ctrlKey || event.metaKey) && "ps".includes(event.key)) event.preventDefault(); });
addEventListener("pointerdown", () => { touched_at = Date.now(); look(); }, { capture: true });
document.addEventListener("visibilitychange", stay_awake);
stay_awake();
look();
setInterval(look, 10_000);
setInterval(keep_up, LOOK_UP);
setInterval(renew, "away" in kiosk.dataset ? 5_000 : 10 * MINUTE);
if (window.isSecureContext) navigator.serviceWorker?.register("/sw.js").catch(() => {});
