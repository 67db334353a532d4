// Says so when her phone has opened the coupon, so that she needn't wonder whether it worked.

const said = document.querySelector("[data-saved]");

const asking = setInterval(async () => {
  if (!said.isConnected) return clearInterval(asking);
  const answer = await fetch("/coupon/opened", { headers: { "Accept": "application/json" } }).catch(() => null);
  if (!answer?.ok || !(await answer.json()).opened) return;
  said.textContent = said.dataset.saved;
  clearInterval(asking);
}, 3000);
