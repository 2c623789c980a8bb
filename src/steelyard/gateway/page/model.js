// What the page knows, and who is told when it knows more.

import { History } from "./history.js";
import { Rows } from "./rows.js";
import { Timelines } from "./timelines.js";
import { UserPast } from "./user_past.js";

/**
 * How it stands with the connection: "connecting" at first, "live", "broker-away" (the gateway
 * answers, the broker does not), "gateway-away".
 */
export class Model {
  state = "connecting";
  why = "";
  awaySince_ms = 0;
  retryAt_ms = 0;
  actions = false;
  snapshot = null;
  history = new History();
  timelines = new Timelines();
  userPast = new UserPast();
  /** @type {Object<string, Rows>} the tables of the last snapshot that had them */
  tables = {};
  #listeners = new Set();

  /** Calls `listener(what)`, `what` being "data" or "link". */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  #tell(what) {
    for (const listener of this.#listeners) listener(what);
  }

  hello({ actions, history }) {
    this.actions = actions === true;
    this.history.restart(history);
    this.#tell("data");
  }

  taken(snapshot) {
    this.snapshot = snapshot;
    for (const name of ["queues", "workers", "users", "states"]) {
      if (snapshot[name]) this.tables[name] = new Rows(snapshot[name]);
    }
    this.history.add(snapshot, snapshot.queues && this.tables.queues);
    if (snapshot.workers) this.timelines.add(snapshot, this.tables.workers);
    if (snapshot.users) this.userPast.add(snapshot, this.tables.users);
    if (this.state !== "live") {
      this.state = "live";
      this.#tell("link");
    }
    this.#tell("data");
  }

  broker({ connected, for_s, why }) {
    if (connected) return;
    const since_ms = Date.now() - 1000 * (for_s ?? 0);
    const words = why ? `The broker does not answer (${why}).` : "The broker does not answer.";
    this.#away("broker-away", words, since_ms);
  }

  lost(why, retryInMs) {
    this.retryAt_ms = Date.now() + retryInMs;
    this.#away("gateway-away", why);
  }

  #away(state, why, since_ms = Date.now()) {
    if (this.state === "live" || this.awaySince_ms === 0) this.awaySince_ms = since_ms;
    this.state = state;
    this.why = why;
    this.#tell("link");
  }
}
