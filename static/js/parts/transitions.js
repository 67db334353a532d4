// A transition between two pages that the browser gives up, because she went back or on before it was over, is no error.
// Loaded before the page is drawn: Chromium may give up before any module runs.
addEventListener("unhandledrejection", (event) => {
  if (event.reason instanceof DOMException && event.reason.message.startsWith("Transition was")) event.preventDefault();
});
