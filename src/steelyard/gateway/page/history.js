// What the whole did over the last 5 minutes and the last hour, and each queue over 5 minutes.

import { SeriesTable } from "./series.js";
import { tickNow, ticksPassed, ticksSince } from "./ticks.js";

export const SECONDS_KEPT = 300;
const TENS_KEPT = 360;
const MAX_QUEUES = 10_000;
/** A gateway that nobody listens to asks the broker so seldom. */
const MOST_BETWEEN_S = 12;

/**
 * @typedef {Object} Point
 * @property {number} tick the page's second
 * @property {number} queued @property {number} running @property {number} workers
 * @property {?number} accepted_per_s @property {?number} finished_per_s
 * @property {?number} failed_per_s @property {number} longest_wait_s
 */
export class History {
  /** @type {Point[]} */ seconds = [];
  /** @type {Point[]} */ tens = [];
  queued = new SeriesTable(SECONDS_KEPT, MAX_QUEUES);
  longestWait = new SeriesTable(SECONDS_KEPT, MAX_QUEUES);
  #former = null;
  #sinceTen = [];
  #remembered = null;
  /** The last second of which the queues are known. */
  #queuesTick = 0;

  /** Takes what the gateway remembers. How long ago that was is known with the next snapshot. */
  restart(remembered) {
    this.#remembered = remembered ?? {};
    this.#former = null;
    this.#place(remembered?.seconds?.at(-1)?.at_s ?? 0);
  }

  /** Puts what is remembered where it belongs when the broker's uptime is `uptime_s` now. */
  #place(uptime_s) {
    const now = tickNow();
    const { seconds = [], tens = [], queues = {} } = this.#remembered;
    const placed = (points, kept) => points.slice(-kept).map((point) => (
      { ...point, tick: now - Math.max(0, Math.round(uptime_s - point.at_s)) }));
    this.seconds = placed(seconds, SECONDS_KEPT);
    this.#queuesTick = this.seconds.at(-1)?.tick ?? 0;
    this.tens = placed(tens, TENS_KEPT);
    this.#sinceTen = [];
    this.queued.clear();
    this.longestWait.clear();
    const ticks = this.seconds.map(({ tick }) => tick);
    for (const [name, one] of Object.entries(queues)) {
      placeQueue(this.queued, name, one.queued ?? [], ticks);
      placeQueue(this.longestWait, name, one.longest_wait_s ?? [], ticks);
    }
  }

  /** Adds what a snapshot says. */
  add(snapshot, queues) {
    if (this.#remembered) {
      this.#place(snapshot.uptime_s);
      this.#remembered = null;
    }
    const ticks = ticksSince(this.seconds.at(-1)?.tick ?? 0);
    const tick = ticks.at(-1);
    const point = { tick, ...this.#rates(snapshot) };
    const { jobs } = snapshot.stats;
    point.queued = jobs.queued;
    point.running = jobs.running;
    point.workers = snapshot.stats.workers;
    point.longest_wait_s = this.#addQueues(queues, ticks);
    if (this.seconds.at(-1)?.tick === tick) this.seconds.pop();
    this.seconds.push(point);
    while (this.seconds[0].tick <= tick - SECONDS_KEPT) this.seconds.shift();
    this.#addTen(point);
  }

  #rates(snapshot) {
    const { jobs } = snapshot.stats;
    const now = { at_s: snapshot.uptime_s, of: snapshot.incarnation, ...jobs };
    const then = this.#former;
    this.#former = now;
    const passed_s = then ? now.at_s - then.at_s : 0;
    if (!then || then.of !== now.of || passed_s <= 0) {
      const last = this.seconds.at(-1);
      const same = then?.of === now.of || !then;
      return {
        accepted_per_s: same ? last?.accepted_per_s ?? null : null,
        finished_per_s: same ? last?.finished_per_s ?? null : null,
        failed_per_s: same ? last?.failed_per_s ?? null : null,
      };
    }
    const per_s = (name) => Math.max(0, now[name] - then[name]) / passed_s;
    return { accepted_per_s: per_s("accepted"), finished_per_s: per_s("finished"),
      failed_per_s: per_s("failed") };
  }

  #addQueues(queues, ticks) {
    if (!queues) return this.seconds.at(-1)?.longest_wait_s ?? null;
    const { queue, queued, longest_wait_s } = queues.at;
    let longest = 0;
    for (const tick of ticksPassed(this.#queuesTick, ticks.at(-1), SECONDS_KEPT)) {
      this.queued.clearTick(tick);
      this.longestWait.clearTick(tick);
    }
    this.#queuesTick = ticks.at(-1);
    for (const row of queues.rows) {
      const wait_s = row[queued] > 0 ? row[longest_wait_s] ?? 0 : 0;
      longest = Math.max(longest, wait_s);
      for (const tick of ticks) {
        this.queued.put(row[queue], tick, row[queued]);
        this.longestWait.put(row[queue], tick, wait_s);
      }
    }
    if (queues.omitted === 0) this.#forget(new Set(queues.rows.map((row) => row[queue])));
    return longest;
  }

  #forget(present) {
    this.queued.retain(present);
    this.longestWait.retain(present);
  }

  #addTen(point) {
    this.#sinceTen.push(point);
    if (this.#sinceTen.length < 10) return;
    const mean = (name) => {
      const known = this.#sinceTen.map((one) => one[name]).filter((value) => value !== null);
      return known.length ? known.reduce((sum, value) => sum + value, 0) / known.length : null;
    };
    const ten = { tick: point.tick };
    for (const name of ["queued", "running", "workers", "accepted_per_s", "finished_per_s",
      "failed_per_s"]) ten[name] = mean(name);
    ten.longest_wait_s = Math.max(...this.#sinceTen.map((one) => one.longest_wait_s ?? 0));
    this.tens.push(ten);
    if (this.tens.length > TENS_KEPT) this.tens.shift();
    this.#sinceTen = [];
  }
}

/** The values of a queue belong to the last of these seconds; each holds until the next one. */
function placeQueue(series, name, values, ticks) {
  const first = ticks.length - values.length;
  values.forEach((value, i) => {
    const tick = ticks[first + i];
    if (tick === undefined) return;
    const end = Math.min(ticks[first + i + 1] ?? tick + 1, tick + MOST_BETWEEN_S);
    for (let at = tick; at < Math.max(end, tick + 1); ++at) series.put(name, at, value ?? 0);
  });
}
