({ letter }) => {
  const found = [];
  const say = (node, what) => found.push(`${what}: ${node.className || node.tagName} “${node.textContent.trim().slice(0, 30)}”`);
  const { innerWidth: width, innerHeight: height } = window;
  const root = document.documentElement;
  if (root.scrollHeight > height || root.scrollWidth > width) say(root, "scrolls");
  const top = document.querySelector("dialog[open]") ?? document;
  const seen = (node) => node.checkVisibility({ opacityProperty: false, visibilityProperty: true }) && node.getBoundingClientRect().width > 1
    && getComputedStyle(node).clipPath === "none" && !node.closest(".stub, .out-of-sight, .hero:not([data-layout=welcome] *), svg");
  const visible = (selector) => [...top.querySelectorAll(selector)].filter(seen);

  for (const node of visible("h1, h2, p, dt, dd, label, button, a, li, textarea, input.field__box, .option__face, .code, .ticket, .step")) {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    if (left < -1 || right > width + 1 || top < -1 || bottom > height + 1) say(node, "leaves the screen");
    const cut = node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline" && !node.matches("input");
    if (cut) say(node, "is cut off");
  }

  const step = visible(".step")[0];
  const below = visible(".keyboard--letters, .kiosk__foot")[0];
  if (step && below && step.getBoundingClientRect().bottom > below.getBoundingClientRect().top + 1) say(step, "is covered");
  const head = visible(".kiosk__top")[0];
  if (step && head && step.getBoundingClientRect().top < head.getBoundingClientRect().bottom - 25) say(step, "covers the top");

  const least = (node) => {
    if (node.closest(".keyboard--pad")) return [104, 104];
    if (node.matches(".keyboard .key--letter")) return letter;
    if (node.matches(".keyboard .key")) return [60, letter[1]];
    if (node.matches(".option, .language, .star, .tiles--scale .tile, .tiles--months .tile")) return [64, 96];
    return [64, 64];
  };
  const targets = visible("button, a, label:has(input), textarea, input.field__box");
  for (const node of targets) {
    const [wide, high] = least(node);
    const box = node.getBoundingClientRect();
    if (box.width < wide - 0.5 || box.height < high - 0.5) say(node, `is ${Math.round(box.width)}x${Math.round(box.height)}, less than ${wide}x${high}`);
  }
  targets.forEach((one, n) => targets.slice(n + 1).forEach((other) => {
    if (one.contains(other) || other.contains(one) || one.closest(".accents") || other.closest(".accents")) return;
    const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) say(one, `covers “${other.textContent.trim().slice(0, 20)}”`);
  }));
  return found;
}
