// The page's seconds. One clock for all series, so that a gap is a gap in every one of them.

/** Whole seconds since the page began, plus room for what happened before. */
const BEFORE_S = 4000;

export function tickNow() {
  return BEFORE_S + Math.round(performance.now() / 1000);
}

/** A snapshot that comes so late stands for the seconds before it, too. */
const MAX_SKIPPED = 2;

/** Which seconds a snapshot stands for that comes now, after the one of second `former`. */
export function ticksSince(former) {
  const now = tickNow();
  const skipped = now - former - 1;
  const first = skipped > 0 && skipped <= MAX_SKIPPED ? former + 1 : now;
  return Array.from({ length: now - first + 1 }, (_, i) => first + i);
}

/** The seconds after `former` up to `now`, of them the last `most`: what a ring of `most` seconds
 * holds there is from a round before. */
export function ticksPassed(former, now, most) {
  const first = Math.max(Math.min(former + 1, now), now - most + 1);
  return Array.from({ length: now - first + 1 }, (_, i) => first + i);
}
