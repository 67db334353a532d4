// Draws the seal: six rings of interlaced lines that grow from a number, so that the same number always gives the same seal.

const SVG = "http://www.w3.org/2000/svg";
const EDGES = [0, 0.17, 0.36, 0.5, 0.68, 0.86, 1]; // where one ring ends and the next begins, hub to rim
const PETALS = [9, 14, 26, 18, 34, 24];
const COPIES = [8, 7, 3, 9, 3, 8];
const BENDS = [0, 0.22, 0, -0.18, 0, 0.14];
let drawn = 0;

class Seal extends HTMLElement {
  static observedAttributes = ["seed", "rings", "hub"];

  #timer;

  connectedCallback() {
    this.#draw();
    const again = Number(this.getAttribute("again"));
    if (again) this.#timer = setInterval(() => this.#draw(), again * 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  attributeChangedCallback(name) {
    if (!this.firstChild) return;
    if (name === "rings") this.#show();
    else this.#draw();
  }

  #draw() {
    const random = numbers_from(this.getAttribute("seed") ?? "");
    const hub = Number(this.getAttribute("hub") ?? 172);
    const drawing = element("svg", { class: "seal__drawing", viewBox: "-500 -500 1000 1000", "aria-hidden": "true" });
    for (let ring = 0; ring < 6; ring++) drawing.append(draw_ring(ring, hub, random));
    this.replaceChildren(drawing);
    requestAnimationFrame(() => requestAnimationFrame(() => this.#show()));
  }

  #show() {
    const rings = Number(this.getAttribute("rings") ?? 6);
    this.querySelectorAll(".seal__ring").forEach((ring, n) => ring.classList.toggle("seal__ring--drawn", n < rings));
  }
}

function draw_ring(ring, hub, random) {
  const inner = hub + (488 - hub) * EDGES[ring] + 3;
  const outer = hub + (488 - hub) * EDGES[ring + 1] - 1;
  const petals = PETALS[ring] + Math.floor(random() * 5) - 2;
  const bend = BENDS[ring] + (random() - 0.5) * 0.08;
  const line = wave((inner + outer) / 2, (outer - inner) / 2 / (1 + Math.abs(bend) * 0.4), petals, bend);
  const id = `seal-line-${++drawn}`;
  const group = element("g", { class: "seal__ring" });
  group.append(element("path", { class: "seal__line", id, d: line }));
  for (let copy = 1; copy < COPIES[ring]; copy++) {
    const turn = (360 / petals / COPIES[ring] * copy).toFixed(3);
    group.append(element("use", { class: "seal__copy", href: `#${id}`, transform: `rotate(${turn})` }));
  }
  return group;
}

function wave(radius, height, petals, bend) {
  const steps = Math.max(240, petals * 22);
  const points = Array.from({ length: steps }, (_, step) => {
    const angle = step / steps * 2 * Math.PI;
    const r = radius + height * (Math.cos(petals * angle) * (1 - bend) + bend * Math.cos(3 * petals * angle));
    return `${(r * Math.cos(angle)).toFixed(1)} ${(r * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}

// FNV-1a of the number's digits starts mulberry32: small, well known, and the same in every browser.
function numbers_from(seed) {
  let state = [...String(seed)].reduce((hash, digit) => Math.imul(hash ^ digit.charCodeAt(0), 16777619), 2166136261);
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function element(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

customElements.define("suki-seal", Seal);
