// How many worker-seconds each user had a minute ago, to tell who had the last minute.

const KEPT_S = 60;

export class UserPast {
  /** Of the snapshots of the last minute, oldest first. */
  #moments = [];

  /** Adds what a snapshot's table of users says. */
  add({ incarnation, uptime_s }, { rows, at }) {
    const last = this.#moments.at(-1);
    // Worker-seconds begin anew with the broker.
    if (last?.incarnation !== incarnation) this.#moments = [];
    else if (last.uptime_s === uptime_s) return;
    const worker_s = new Map(rows.map((row) => [row[at.user], row[at.worker_s] ?? 0]));
    this.#moments.push({ incarnation, uptime_s, worker_s });
    while (this.#moments[0].uptime_s < uptime_s - KEPT_S) this.#moments.shift();
  }

  /** What a user had at the beginning of the last minute, or as far back as is known. */
  before(name) {
    return this.#moments[0]?.worker_s.get(name) ?? 0;
  }
}
