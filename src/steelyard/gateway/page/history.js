// What the whole did over the last 5 minutes and the last hour, and each queue over 5 minutes.

import { SeriesTable } from "./series.js";
import { tickNow, ticksSince } from "./ticks.js";

export const SECONDS_KEPT = 300;
export const TENS_KEPT = 360;
const MAX_QUEUES = 10_000;

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

  /** Takes what the gateway remembers, whose last samples are of now. */
  restart(remembered) {
    const now = tickNow();
    const place = (points, step) => (points ?? []).map((point, i, all) => (
      { ...point, tick: now - (all.length - 1 - i) * step }));
    this.seconds = place(remembered?.seconds, 1).slice(-SECONDS_KEPT);
    this.tens = place(remembered?.tens, 10).slice(-TENS_KEPT);
    this.#sinceTen = [];
    this.#former = null;
    for (const [name, one] of Object.entries(remembered?.queues ?? {})) {
      this.#placeQueue(this.queued, name, one.queued ?? [], now);
      this.#placeQueue(this.longestWait, name, one.longest_wait_s ?? [], now);
    }
  }

  #placeQueue(series, name, values, now) {
    values.slice(-SECONDS_KEPT).forEach((value, i, all) => {
      series.put(name, now - (all.length - 1 - i), value ?? NaN);
    });
  }

  /** Adds what a snapshot says. */
  add(snapshot, queues) {
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
    for (const tick of ticks) {
      this.queued.clearTick(tick);
      this.longestWait.clearTick(tick);
    }
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
