// The coupon on her phone turns when it is spent, before her eyes and the cashier's.

const EVERY = 4000; // ms, while somebody looks at it
const { state } = document.querySelector("[data-state]").dataset;

setInterval(async () => {
  if (document.hidden) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (page.querySelector("[data-state]").dataset.state !== state) location.reload();
}, EVERY);
