// One worker: what it holds, and why it was given what it was given.

import { api } from "./api.js";
import { el, fill, setText } from "./dom.js";
import { count, plural, time } from "./format.js";
import { Poll } from "./poll.js";
import { stateColour } from "./state_colours.js";

const AGAIN_S = 2;
const MAX_DECISIONS = 20;

export class WorkerDetail {
  #name;
  #poll;
  #said = "";
  #body = el("div", { class: "stack" }, el("p", { class: "note" }, "Asking the broker…"));

  constructor(name) {
    this.#name = name;
    this.element = el("section", { class: "card detail", "aria-label": `Worker ${name}` },
      el("div", { class: "detail-head" }, el("h2", {}, name),
        el("a", { href: "#/workers", class: "close" }, "Close")), this.#body);
    this.#poll = new Poll(() => this.#ask(), AGAIN_S);
  }

  async #ask() {
    try {
      const { rows } = await api.explainWorker(this.#name);
      this.#show(rows);
    } catch (error) {
      this.#said = "";
      fill(this.#body, el("p", { class: "problem" }, `${error.message}.`));
    }
  }

  // While nothing was decided only the ages change: what is scrolled or focused stays.
  #show(rows) {
    const said = JSON.stringify(rows, (name, value) => (name === "ago_s" ? undefined : value));
    if (said !== this.#said) {
      this.#said = said;
      fill(this.#body, rows.map((row) => [this.#standing(row), this.#decisions(row.decisions)]));
    }
    const labels = this.#body.querySelectorAll(".lines .label");
    rows.flatMap((row) => row.decisions.slice(0, MAX_DECISIONS)).forEach((one, i) => {
      setText(labels[i], `${time(one.ago_s)} ago`);
    });
  }

  #standing(row) {
    const busy = `Serves ${row.queues.join(", ")}; ${count(row.busy)} of `
      + `${plural(row.slots, "slot", "slots")} busy${row.draining ? "; it drains" : ""}.`;
    return el("div", {}, el("p", { class: "note" }, busy),
      el("ul", { class: "legend" }, row.holds.map(held)));
  }

  #decisions(decisions) {
    if (decisions.length === 0) return el("p", { class: "note" }, "It was given nothing yet.");
    return el("ol", { class: "lines" }, decisions.slice(0, MAX_DECISIONS).map((one) => (
      el("li", { data: { kind: one.given ? "decision" : "" } },
        el("span", { class: "label" }),
        el("span", {}, ...what(one), `: ${one.because}`)))));
  }

  update() {}

  end() {
    this.#poll.end();
  }
}

function held({ state, jobs, preloading, pinned }) {
  const swatch = el("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = stateColour(state);
  const words = [preloading && "loading", jobs > 0 && plural(jobs, "job", "jobs"),
    pinned && "pinned"].filter(Boolean).join(", ");
  return el("li", {}, swatch, words ? `${state} (${words})` : state);
}

function what({ job, queue, state, loads, gave_up, given }) {
  const name = job ? el("a", { href: `#/job/${encodeURIComponent(job)}` }, queue || job)
    : given ? "a job" : "nothing yet";
  const loaded = state && loads ? `, to load ${state}` : state ? `, with ${state} held` : "";
  return [name, loaded, gave_up ? ` and give up ${gave_up}` : ""];
}
