// Bars of how many jobs took how long. The buckets are the broker's.

import { el, fill, setText } from "./dom.js";
import { count, time } from "./format.js";

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
  const range = `${first}-${last}`;
  if (place.dataset.bars !== range) {
    place.dataset.bars = range;
    fill(place, buckets.slice(first, last + 1).map((_, i) => bar(words(bounds, first + i))));
  }
  const most = Math.max(...buckets);
  buckets.slice(first, last + 1).forEach((number, i) => {
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
