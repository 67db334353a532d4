// What tells a scanner's keys from a person's: it types as if every keyboard were an American one, and faster than anybody.

export const FAST = 100; // ms between the keys of a scan at most, as a rule; a busy machine may be late with one
export const SILENCE = 150; // ms that end a scan without Enter, and after which an Enter is a person's
export const WHOLE = 300; // ms that end what else a scanner says: a busy machine may be late with the rest of it
const IDENTIFIER = /^\W[A-Z]\d/; // which kind of code it was, as a scanner may say first
const CODE = /\d{12}|\/C\/[0-9A-Z]{26}/;
const OTHER_KEYS = { Slash: "/", NumpadDivide: "/", Semicolon: ":", Period: ".", NumpadDecimal: ".", Minus: "-", BracketRight: "]" };
const SILENT = ["Shift", "CapsLock", "NumLock", "AltGraph"];

// What an American keyboard writes with that key, in capitals.
export function us_key(code) {
  return code.match(/^(?:Digit|Numpad|Key)(\w)$/)?.[1] ?? OTHER_KEYS[code] ?? "?";
}

export function us_text(keys) {
  return keys.map((key) => key.us).join("");
}

export function is_other(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.isComposing || SILENT.includes(event.key);
}

// The last of these keys that followed each other fast.
export function fast(keys) {
  const start = keys.findLastIndex((key, n) => n === 0 || key.at - keys[n - 1].at > FAST);
  return keys.slice(Math.max(start, 0));
}

// Those of them that hold a code or a link, with whatever the scanner adds; nothing when they hold none.
export function burst(keys) {
  const last = fast(keys);
  return CODE.test(us_text(last).replace(IDENTIFIER, "")) ? last : null;
}

export function new_key(event, more = {}) {
  return { text: event.key === "Dead" ? "" : event.key, us: us_key(event.code), at: event.timeStamp, ...more };
}
