// Brings the news to a page while somebody looks at it. What has the focus stays as it is, and nothing scrolls.

const EVERY = 60 * 1000; // ms
const parts = () => document.querySelectorAll("[data-news]");
let asking = false;

setInterval(async () => {
  if (document.hidden || asking) return;
  asking = true;
  // the server is told that nobody asked, so that whoever went away is signed out as ever
  const answer = await fetch(location.href, { headers: { "X-Quiet": "1" } }).catch(() => null);
  const text = answer?.ok && !answer.redirected ? await answer.text() : "";
  asking = false;
  const page = new DOMParser().parseFromString(text, "text/html");
  for (const old of parts()) {
    const found = page.querySelector(`[data-news="${old.dataset.news}"]`);
    if (found && found.textContent !== old.textContent && !old.contains(document.activeElement)) old.replaceWith(found);
  }
}, EVERY);
