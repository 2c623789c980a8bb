// Asks again and again while a view is shown and the page can be seen.

/** Calls `ask` now and `pause_s` after each answer, until `end`. */
export class Poll {
  #timer = 0;
  #ended = false;
  #ask;
  #pause_ms;
  #asking = false;

  constructor(ask, pause_s) {
    this.#ask = ask;
    this.#pause_ms = 1000 * pause_s;
    this.now();
  }

  /** Asks at once, unless an answer is on its way. */
  async now() {
    clearTimeout(this.#timer);
    if (this.#asking || this.#ended) return;
    this.#asking = true;
    if (!document.hidden) await this.#ask();
    this.#asking = false;
    if (!this.#ended) this.#timer = setTimeout(() => this.now(), this.#pause_ms);
  }

  end() {
    this.#ended = true;
    clearTimeout(this.#timer);
  }
}
