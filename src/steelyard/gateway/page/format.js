// Numbers as people read them. What is not known is a dash.

const NOTHING = "–";
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

function known(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** 1,234,567; from ten million on 12.3 M. */
export function count(value) {
  if (!known(value)) return NOTHING;
  if (value < 1e7) return whole.format(value);
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} M` : `${(value / 1e9).toFixed(1)} G`;
}

/** A rate: 0, 0.25, 3.2, 12, 12,345. */
export function rate(value) {
  if (!known(value)) return NOTHING;
  if (Number.isInteger(value) || value >= 9.95) return whole.format(value);
  return value < 1 ? value.toFixed(2) : value.toFixed(1);
}

/** 850 µs, 12 ms, 3.2 s, 4 min 10 s, 2 h 5 min, 3 d 4 h. */
export function time(seconds) {
  if (!known(seconds)) return NOTHING;
  if (seconds < 0) return `-${time(-seconds)}`;
  if (seconds < 1e-6) return "0 s";
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 0.9995) return `${short(seconds * 1e3)} ms`;
  if (seconds < 59.95) return `${tenths(seconds)} s`;
  if (seconds < 3599.5) return pair(seconds, 60, "min", 1, "s");
  if (seconds < 86400) return pair(seconds, 3600, "h", 60, "min");
  return pair(seconds, 86400, "d", 3600, "h");
}

function tenths(value) {
  return value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
}

function short(value) {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function pair(seconds, large, largeName, small, smallName) {
  const all = Math.round(seconds / small);
  const rest = all % (large / small);
  const first = `${whole.format(Math.floor(all / (large / small)))} ${largeName}`;
  return rest === 0 ? first : `${first} ${rest} ${smallName}`;
}

export function percent(share) {
  return known(share) ? `${(share * 100).toFixed(share < 0.0995 && share > 0 ? 1 : 0)} %` : NOTHING;
}

export function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** The mean of a sum over a count, or null. */
export function mean(sum, number) {
  return number > 0 ? sum / number : null;
}
