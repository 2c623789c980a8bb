// Names in the order that people expect: gpu-9 before gpu-10.

const MAX_KNOWN = 20_000;
const DIGITS = 12;
const known = new Map();

/** What a name is sorted by. */
export function natural(name) {
  let key = known.get(name);
  if (key === undefined) {
    if (known.size >= MAX_KNOWN) known.clear();
    key = name.replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));
    known.set(name, key);
  }
  return key;
}
