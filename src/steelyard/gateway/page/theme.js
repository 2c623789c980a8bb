// Light, dark, or as the system has it; and the colours that canvases draw with.

const KEY = "steelyard-theme";
const NAMES = ["auto", "light", "dark"];
const WORDS = { auto: "Colours: system", light: "Colours: light", dark: "Colours: dark" };
const root = document.documentElement;
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
let cached = null;

function changed() {
  cached = null;
  for (const listener of listeners) listener();
}

/** Calls `listener` whenever colours have changed. */
export function onThemeChange(listener) {
  listeners.add(listener);
}

/** The style sheet knows light and dark only. */
function apply() {
  const ofSystem = system.matches ? "dark" : "light";
  root.dataset.theme = root.dataset.choice === "auto" ? ofSystem : root.dataset.choice;
  changed();
}

/** Goes on to the next of system, light, dark. */
export function nextTheme() {
  const next = NAMES[(NAMES.indexOf(root.dataset.choice) + 1) % NAMES.length];
  root.dataset.choice = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds until the page is left.
  }
  apply();
}

export function themeWords() {
  return WORDS[root.dataset.choice];
}

/** The colour that the style sheet calls `--name` at present. */
export function colour(name) {
  cached ??= { style: getComputedStyle(root), known: new Map() };
  let value = cached.known.get(name);
  if (value === undefined) {
    value = cached.style.getPropertyValue(`--${name}`).trim();
    cached.known.set(name, value);
  }
  return value;
}

system.addEventListener("change", apply);
