// A colour for each state's name: where possible the same one on every page, whenever it is loaded.

/** Told apart also by most who see colours differently; legible on light and on dark. */
const PALETTE = ["#0077bb", "#ee7733", "#009988", "#cc6699", "#33a7dd", "#c8452b", "#7d68c4",
  "#a38b00", "#8c6248", "#6f7f8f"];
const MAX_KNOWN = 20_000;
const given = new Map();
const taken = new Set();

function hash(name) {
  let value = 2166136261;
  for (let i = 0; i < name.length; ++i) value = Math.imul(value ^ name.charCodeAt(i), 16777619);
  return value >>> 0;
}

/** Two names share a colour only when there are more names than colours. */
export function stateColour(name) {
  const known = given.get(name);
  if (known) return known;
  let place = hash(name) % PALETTE.length;
  for (let i = 0; i < PALETTE.length && taken.size < PALETTE.length && taken.has(place); ++i) {
    place = (place + 1) % PALETTE.length;
  }
  taken.add(place);
  if (given.size >= MAX_KNOWN) given.clear();
  given.set(name, PALETTE[place]);
  return PALETTE[place];
}
