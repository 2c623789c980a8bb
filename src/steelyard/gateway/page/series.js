// Numbers of the last so many seconds, in memory that does not grow.

/** One row of numbers per name, in one array. A name that has no more room takes none. */
export class SeriesTable {
  #width;
  #maxNames;
  #slots = new Map();
  #values;
  #free = [];

  /** @param {number} width samples kept of each name  @param {number} maxNames */
  constructor(width, maxNames) {
    this.#width = width;
    this.#maxNames = maxNames;
    this.#values = new Float32Array(0);
  }

  #slot(name) {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    if (this.#slots.size >= this.#maxNames) return -1;
    const slot = this.#free.pop() ?? this.#slots.size;
    this.#slots.set(name, slot);
    if ((slot + 1) * this.#width > this.#values.length) {
      const capacity = Math.min(this.#maxNames, Math.max(64, slot * 2));
      const grown = new Float32Array(capacity * this.#width);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values.fill(NaN, slot * this.#width, (slot + 1) * this.#width);
    return slot;
  }

  /** Writes the sample of second `tick`. */
  put(name, tick, value) {
    const slot = this.#slot(name);
    if (slot >= 0) this.#values[slot * this.#width + (tick % this.#width)] = value;
  }

  /** The sample of second `tick`; NaN when there is none. */
  at(name, tick) {
    const slot = this.#slots.get(name);
    if (slot === undefined || tick < 0) return NaN;
    return this.#values[slot * this.#width + (tick % this.#width)];
  }

  /** The last `length` samples before and with `tick`, oldest first. */
  last(name, tick, length) {
    return Array.from({ length }, (_, i) => this.at(name, tick - length + 1 + i));
  }

  /** Makes second `tick` empty for everybody, before it is written anew. */
  clearTick(tick) {
    const column = tick % this.#width;
    for (const slot of this.#slots.values()) this.#values[slot * this.#width + column] = NaN;
  }

  /** Forgets the names that are not in `present`. */
  retain(present) {
    if (this.#slots.size <= present.size) return;
    for (const [name, slot] of this.#slots) {
      if (present.has(name)) continue;
      this.#slots.delete(name);
      this.#free.push(slot);
    }
  }

  clear() {
    this.#slots.clear();
    this.#free = [];
  }
}
