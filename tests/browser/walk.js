// What can be reached with the Tab key, and where the focus is now. Numbers are places in the page's own order.
(() => {
  const FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const STANDS_IN = (one) => [one, one.nextElementSibling, one.parentElement, one.closest("label"), ...(one.closest("label")?.children ?? [])];
  const described = (one) => `${one.tagName.toLowerCase()} ${one.name || one.className} “${(one.textContent.trim() || one.getAttribute("aria-label") || one.value || "").slice(0, 30)}”`;
  const can = (one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }) && !one.closest("[inert]")
    && one.tabIndex >= 0 && (one.matches("summary") || !one.closest("details:not([open]) > :not(summary)"));
  // Of a group of radio buttons one is reached, the others by arrows.
  const group = (one) => (one.type === "radio" ? `${one.form?.action} ${one.name}` : one);
  const has_ring = (one) => STANDS_IN(one).some((part) => {
    if (!part) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(part);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
  const stays = (one) => one && (/sticky|fixed/.test(getComputedStyle(one).position) || stays(one.parentElement)); // while the page scrolls
  const target = (one) => (/radio|checkbox/.test(one.type) ? one.closest("label") ?? one : one);

  window.walk = {
    open() { for (const part of document.querySelectorAll("details")) part.open = true; },
    first() { return [...document.querySelectorAll("*")].indexOf([...document.querySelectorAll(FOCUSABLE)].find(can)); },
    wanted() { return [...new Set([...document.querySelectorAll(FOCUSABLE)].filter(can).map(group))].length; },
    missed(reached) {
      const there = new Set(reached.map((n) => group(document.querySelectorAll("*")[n])));
      return [...document.querySelectorAll(FOCUSABLE)].filter((one) => can(one) && !there.has(group(one))).map(described);
    },
    now() {
      const one = document.activeElement;
      if (!one || one === document.body) return null;
      const part = target(one);
      const { left, right, top, bottom, width, height } = part.getBoundingClientRect();
      const [x, y] = [Math.min(Math.max((left + right) / 2, 1), innerWidth - 1), Math.min(Math.max((top + bottom) / 2, 1), innerHeight - 1)];
      const at = document.elementFromPoint(x, y);
      const is_seen = bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
      const is_covered = !at || !(part.contains(at) || at.contains(part) || at.closest("label")?.contains(part));
      const flaws = [];
      if (!has_ring(one)) flaws.push("no ring");
      if (!is_seen) flaws.push("out of sight");
      else if (is_covered) flaws.push(`under ${at && described(at)}`);
      if ((width < 24 || height < 24) && !(one.matches("a") && getComputedStyle(one).display === "inline")) flaws.push(`${Math.round(width)} x ${Math.round(height)}`);
      return { number: [...document.querySelectorAll("*")].indexOf(one), says: described(one), flaws, stays: Boolean(stays(one)), is_date: /date|time|month/.test(one.type),
        left: left + scrollX, right: right + scrollX, top: top + scrollY, bottom: bottom + scrollY };
    },
  };
})();
