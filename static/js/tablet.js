// What the tablet's pages are brought to life by.
import "./parts/seal.js";
import "./parts/answers.js";
import "./parts/keyboard.js";
import "./parts/domains.js";
import { leave_for, words_when_away } from "./parts/screen.js";
import "./parts/signup.js";
import "./parts/idle.js";
import "./parts/manners.js";
import "./parts/tallies.js";
import "./parts/questionnaire.js";

if (document.querySelector("[data-saved]")) import("./parts/saved.js");
if (document.querySelector("suki-ranking")) import("./parts/ranking.js");
if (document.querySelector("suki-camera")) import("./parts/friend.js");
if (document.querySelector("suki-card")) import("./parts/card.js");

// Leaves nothing behind the back button: links and a Done button replace the page instead of adding one; `data-done` may say
// which page comes next.

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (!link || event.defaultPrevented) return;
  event.preventDefault();
  leave_for(link.href, words_when_away());
});

document.addEventListener("submit", (event) => {
  if (!event.submitter?.hasAttribute("data-done")) return;
  event.preventDefault();
  const [{ action }, next] = [event.target, event.submitter.dataset.done || "/"];
  const body = new FormData(event.target);
  const words = words_when_away();
  document.body.replaceChildren();
  leave_for(next, words, () => fetch(action, { method: "POST", body, redirect: "manual" }));
});

// A page that the browser would keep is emptied as she leaves it; one that it kept all the same is somebody else's: start anew.
addEventListener("pagehide", () => document.body.replaceChildren());
addEventListener("pageshow", (event) => {
  if (event.persisted) location.replace("/");
});
