// What each worker did in each of the last seconds, in 3 bytes per second and worker.

import { ticksPassed, ticksSince } from "./ticks.js";

const TIMELINE_S = 600;
const MAX_WORKERS = 10_000;
const MAX_STATES = 0x7fff;
/** A share of a second is kept in 15 steps; 15 in both halves means: nothing is known. */
const STEPS = 14;
const UNKNOWN = 0xff;
/** A new connection begins with the snapshot that the former one ended with. */
const LEAST_STEP_S = 0.2;
/** After a longer gap the mean of it says nothing about its last second. */
const MOST_STEP_S = 10;

/** Beside a state's number: what was done in that second is guessed from one look at it. */
const ESTIMATED = 0x8000;

/** A share as it is kept. What is not nothing is seen. */
function steps(share) {
  return share < 0.005 ? 0 : Math.min(STEPS, Math.max(1, Math.round(share * STEPS)));
}

export class Timelines {
  #slots = new Map();
  #free = [];
  #capacity = 0;
  #state = new Uint16Array(0);
  #mix = new Uint8Array(0);
  #former = new Map();
  #formerAt = { at_s: 0, of: "" };
  #formerTick = 0;
  #numbers = new Map();
  /** Names by number; 0 is "no state". */
  names = [""];

  #number(name) {
    if (!name) return 0;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      if (this.names.length >= MAX_STATES) return 0;
      number = this.names.push(name) - 1;
      this.#numbers.set(name, number);
    }
    return number;
  }

  #slot(name) {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    if (this.#slots.size >= MAX_WORKERS) return -1;
    const slot = this.#free.pop() ?? this.#slots.size;
    if (slot >= this.#capacity) this.#grow(Math.min(MAX_WORKERS, Math.max(64, slot * 2)));
    this.#slots.set(name, slot);
    this.#mix.fill(UNKNOWN, slot * TIMELINE_S, (slot + 1) * TIMELINE_S);
    return slot;
  }

  #grow(capacity) {
    const state = new Uint16Array(capacity * TIMELINE_S);
    const mix = new Uint8Array(capacity * TIMELINE_S);
    state.set(this.#state);
    mix.set(this.#mix);
    [this.#state, this.#mix, this.#capacity] = [state, mix, capacity];
  }

  /** Adds what a snapshot's table of workers says. */
  add(snapshot, workers) {
    const since_s = snapshot.uptime_s - this.#formerAt.at_s;
    const again = this.#formerAt.of === snapshot.incarnation && since_s < LEAST_STEP_S;
    if (again) return;
    const ticks = ticksSince(this.#formerTick);
    const passed = ticksPassed(this.#formerTick, ticks.at(-1), TIMELINE_S);
    this.#formerTick = ticks.at(-1);
    const passed_s = this.#formerAt.of === snapshot.incarnation ? since_s : 0;
    this.#formerAt = { at_s: snapshot.uptime_s, of: snapshot.incarnation };
    for (const slot of this.#slots.values()) {
      for (const tick of passed) this.#mix[slot * TIMELINE_S + (tick % TIMELINE_S)] = UNKNOWN;
    }
    const former = this.#former;
    this.#former = new Map();
    for (const row of workers.rows) this.#addRow(row, workers.at, ticks, passed_s, former);
    this.#retain();
  }

  #addRow(row, at, ticks, passed_s, former) {
    const name = row[at.worker];
    const now = { loading_s: row[at.loading_s], working_s: row[at.working_s] };
    this.#former.set(name, now);
    const slot = this.#slot(name);
    if (slot < 0) return;
    const then = former.get(name);
    const knows = then && passed_s > 0 && passed_s <= MOST_STEP_S;
    const slots = Math.max(1, row[at.slots]);
    const done = {
      loading: knows ? Math.max(0, now.loading_s - then.loading_s) / slots : 0,
      working: knows ? Math.max(0, now.working_s - then.working_s) / slots : 0,
    };
    const state = this.#number(row[at.loads] ?? row[at.states]?.at(-1));
    const base = slot * TIMELINE_S;
    if (done.loading + done.working === 0) {
      const share = row[at.doing] === "idle" ? 0 : Math.min(1, row[at.running] / slots);
      const loading = row[at.doing] === "loading" ? share || 1 : 0;
      const estimated = row[at.doing] === "idle" ? 0 : ESTIMATED;
      for (const tick of ticks) {
        this.#write(base, tick, state | estimated, loading, loading > 0 ? 0 : share);
      }
      return;
    }
    // What it loads now is of the next job, not of what has ended.
    const before = base + ((ticks[0] - 1 + TIMELINE_S) % TIMELINE_S);
    const known = row[at.loads] && this.#mix[before] !== UNKNOWN;
    const of = known ? this.#state[before] & ~ESTIMATED : state;
    for (const tick of ticks) this.#write(base, tick, of, 0, 0);
    this.#spend(base, ticks.at(-1), done, slots > 1 ? ticks.length : TIMELINE_S);
  }

  #write(base, tick, state, loading, working) {
    const place = base + (tick % TIMELINE_S);
    const loads = steps(loading);
    this.#state[place] = state;
    this.#mix[place] = (loads << 4) | Math.min(STEPS - loads, steps(working));
  }

  // The broker counts work when it is done. So what has just ended is spread over the seconds
  // before it, in which it was only guessed: working last, loading before that.
  #spend(base, tick, done, most) {
    for (let at = tick; at > tick - most && done.loading + done.working > 0.001; --at) {
      const place = base + (at % TIMELINE_S);
      if (this.#mix[place] === UNKNOWN) return;
      const guessed = (this.#state[place] & ESTIMATED) !== 0;
      const loaded = guessed ? 0 : (this.#mix[place] >> 4) / STEPS;
      const worked = guessed ? 0 : (this.#mix[place] & 15) / STEPS;
      const working = Math.min(done.working, 1 - loaded - worked);
      const loading = Math.min(done.loading, 1 - loaded - worked - working);
      done.working -= working;
      done.loading -= loading;
      const state = this.#state[place] & ~ESTIMATED;
      this.#write(base, at, state, loaded + loading, worked + working);
      // In a second that was measured before, it began.
      if (!guessed && at < tick && worked + loaded > 0) return;
    }
  }

  #retain() {
    for (const [name, slot] of this.#slots) {
      if (this.#former.has(name)) continue;
      this.#slots.delete(name);
      this.#free.push(slot);
    }
  }

  /**
   * Calls `run(firstTick, ticks, state, loading, working)` for stretches of equal seconds, oldest
   * first; the shares are of 0 to 1. What is not known is left out.
   */
  runs(name, tick, length, run) {
    const slot = this.#slots.get(name);
    if (slot === undefined) return;
    const base = slot * TIMELINE_S;
    let first = 0;
    let state = -1;
    let mix = UNKNOWN;
    const end = (last) => {
      if (mix !== UNKNOWN) run(first, last - first, state, (mix >> 4) / STEPS, (mix & 15) / STEPS);
    };
    for (let at = tick - Math.min(length, TIMELINE_S) + 1; at <= tick; ++at) {
      const place = base + (at % TIMELINE_S);
      const number = this.#state[place] & ~ESTIMATED;
      if (number === state && this.#mix[place] === mix) continue;
      end(at);
      [first, state, mix] = [at, number, this.#mix[place]];
    }
    end(tick + 1);
  }
}
