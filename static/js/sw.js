// Keeps the page that says "we will be right back", and what it is drawn with, for when the server is away. Nothing else.

const KEPT = "suki-1";
const AWAY = "/offline";
const NAMED = /(?:(?:href|src)="(\/(?:static|theme|logo)[^"]+)")|(?:(?:import|from) ?\(?"(\.[^"]+)")|(?:url\("([^"]+)"\))/g;

// The page, what it names, and what that names.
async function keep(url, cache, kept = new Set()) {
  if (kept.has(url)) return;
  kept.add(url);
  const answer = await fetch(url, { cache: "reload" });
  await cache.put(url, answer.clone());
  if (!/text|javascript/.test(answer.headers.get("Content-Type"))) return;
  for (const match of (await answer.text()).matchAll(NAMED)) {
    await keep(new URL(match[1] ?? match[2] ?? match[3], new URL(url, location.origin)).href, cache, kept);
  }
}

self.addEventListener("install", (event) => event.waitUntil(
  caches.open(KEPT).then((cache) => keep(AWAY, cache)).then(() => self.skipWaiting()),
));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET") return;
  const { pathname } = new URL(url);
  const instead = mode === "navigate" && pathname === "/" ? AWAY : pathname.startsWith("/static/") && event.request;
  if (instead) event.respondWith(fetch(event.request).catch(() => caches.match(instead)));
});
