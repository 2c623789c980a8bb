// Bars of how many jobs took how long. The buckets are the broker's.

import { el, fill, setText } from "./dom.js";
import { count, time } from "./format.js";

const MAX_BARS = 8;

/**
 * @param {HTMLElement} place
 * @param {number[]} bounds upper bounds in seconds of all buckets but the last
 * @param {number[]} buckets
 */
export function histogram(place, bounds, buckets) {
  const first = buckets.findIndex((number) => number > 0);
  if (first < 0) {
    if (place.dataset.bars !== "none") {
      fill(place, el("p", { class: "note" }, "Nothing measured yet."));
    }
    place.dataset.bars = "none";
    return;
  }
  const last = buckets.findLastIndex((number) => number > 0);
  // Neighbours share a bar where there would be too many of them.
  const width = Math.ceil((last - first + 1) / MAX_BARS);
  const bars = [];
  for (let from = first; from <= last; from += width) {
    const end = Math.min(from + width, last + 1);
    bars.push({ bound: end - 1,
      number: buckets.slice(from, end).reduce((sum, number) => sum + number, 0) });
  }
  const range = `${first}-${last}`;
  if (place.dataset.bars !== range) {
    place.dataset.bars = range;
    fill(place, bars.map(({ bound }) => bar(words(bounds, bound))));
  }
  const most = Math.max(...bars.map(({ number }) => number));
  bars.forEach(({ number }, i) => {
    const [, track, value] = place.children[i].children;
    track.firstChild.style.width = `${(100 * number) / most}%`;
    setText(value, count(number));
  });
}

function words(bounds, i) {
  return i < bounds.length ? `≤ ${time(bounds[i])}` : `> ${time(bounds.at(-1))}`;
}

function bar(label) {
  return el("div", { class: "bar" }, el("span", { class: "bar-label" }, label),
    el("span", { class: "bar-track" }, el("span", { class: "bar-fill" })),
    el("span", { class: "bar-value" }));
}
