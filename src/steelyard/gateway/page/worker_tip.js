// Says what a worker did in the second that the pointer is over.

import { el, setText } from "./dom.js";
import { percent, plural } from "./format.js";
import { tickNow } from "./ticks.js";

export class WorkerTip {
  #table;
  #model;
  #span;
  #leave = () => {
    this.element.hidden = true;
  };

  constructor(table, model, span) {
    this.#table = table;
    this.#model = model;
    this.#span = span;
    this.element = el("div", { class: "tip", hidden: true, role: "presentation" });
    table.element.addEventListener("pointermove", (event) => this.#move(event));
    table.element.addEventListener("pointerleave", this.#leave);
  }

  #move(event) {
    const over = this.#table.rowAt(event);
    const words = over && over.share >= 0 && over.share <= 1 ? this.#words(over) : "";
    this.element.hidden = words === "";
    if (words === "") return;
    setText(this.element, words);
    const left = Math.min(event.clientX + 14, innerWidth - this.element.offsetWidth - 8);
    const top = Math.min(event.clientY + 18, innerHeight - this.element.offsetHeight - 8);
    this.element.style.transform = `translate(${left}px, ${top}px)`;
  }

  #words({ row, share }) {
    const { timelines } = this.#model;
    const tick = tickNow();
    const at = tick - this.#span() + 1 + Math.floor(share * this.#span());
    let words = "nothing known";
    timelines.runs(row[0], at, 1, (_, ticks, state, loading, working) => {
      const name = timelines.names[state];
      const did = [loading > 0 && `loading ${percent(loading)}`, working > 0
        && `working ${percent(working)}`].filter(Boolean).join(", ") || "idle";
      words = name === "" ? did : `${name}: ${did}`;
    });
    return `${plural(Math.max(0, tick - at), "second", "seconds")} ago · ${words}`;
  }

  end() {
    this.element.remove();
  }
}
