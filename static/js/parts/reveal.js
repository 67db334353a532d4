// A shortened contact shows whole in its place when it is tapped; the server writes that down.

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!("reveal" in form.dataset)) return;
  event.preventDefault();
  const sent = { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "Accept": "application/json" } };
  const answer = await fetch(form.action, sent).catch(() => null);
  if (!answer?.ok) return form.submit();
  const said = document.createElement("span");
  Object.assign(said, { dir: "ltr", tabIndex: -1, textContent: (await answer.json()).contact });
  form.replaceWith(said);
  said.focus();
});
