// The gateway's events, as long as the page is open: one connection, renewed with growing waits.

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 15_000;
/** Events come once a second. After so long without one the connection is as good as dead. */
const SILENCE_MS = 8_000;

/**
 * What a Stream tells.
 * @typedef {Object} StreamListener
 * @property {(hello: Object) => void} hello
 * @property {(snapshot: Object) => void} snapshot
 * @property {(broker: {connected: boolean, for_s: number}) => void} broker
 * @property {(why: string, retryInMs: number) => void} lost
 */
export class Stream {
  #listener;
  #source = null;
  #tables = [];
  #waitMs = FIRST_WAIT_MS;
  #retry = 0;
  #watch = 0;

  /** @param {StreamListener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Asks for these tables from now on; connects if there is no connection with them. */
  ask(tables) {
    const wanted = [...tables].sort();
    if (this.#source && wanted.join() === this.#tables.join()) return;
    this.#tables = wanted;
    this.connect();
  }

  /** Connects now, whatever it was waiting for. */
  connect() {
    this.#close();
    const url = `/monitor/events?tables=${encodeURIComponent(this.#tables.join(","))}`;
    const source = new EventSource(url);
    this.#source = source;
    const on = (name, handle) => source.addEventListener(name, (event) => {
      if (this.#source !== source) return;
      this.#heard();
      handle(JSON.parse(event.data));
    });
    on("hello", (hello) => {
      this.#waitMs = FIRST_WAIT_MS;
      this.#listener.hello(hello);
    });
    on("snapshot", (snapshot) => this.#listener.snapshot(snapshot));
    on("broker", (broker) => this.#listener.broker(broker));
    source.addEventListener("error", () => {
      if (this.#source === source) this.#failed(url, source.readyState === EventSource.CLOSED);
    });
    this.#heard();
  }

  #heard() {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => this.#again("Nothing has come from the gateway for a while."),
      SILENCE_MS);
  }

  /** An EventSource that closes itself was answered with a status, which a request can read. */
  async #failed(url, refused) {
    this.#close();
    const reason = refused ? await this.#reason(url) : "The gateway does not answer.";
    if (this.#source === null) this.#again(reason);
  }

  async #reason(url) {
    const abort = new AbortController();
    const patience = setTimeout(() => abort.abort(), 3000);
    try {
      const answer = await fetch(url, { signal: abort.signal, cache: "no-store" });
      if (answer.ok) return "The gateway ended the connection.";
      const problem = await answer.json();
      return `The gateway refuses: ${problem.detail ?? answer.statusText}.`;
    } catch {
      return "The gateway does not answer.";
    } finally {
      clearTimeout(patience);
      abort.abort();
    }
  }

  #again(reason) {
    this.#close();
    // A part by chance, or a hundred pages would all come back in one instant.
    const waitMs = this.#waitMs * (0.75 + Math.random() / 2);
    this.#waitMs = Math.min(this.#waitMs * 2, MAX_WAIT_MS);
    this.#listener.lost(reason, waitMs);
    this.#retry = setTimeout(() => this.connect(), waitMs);
  }

  #close() {
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
    this.#source?.close();
    this.#source = null;
  }
}
