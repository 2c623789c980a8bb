// Hubs with their groups of workers and why these are as large as they are, and gateways.

import { el, fill, sentence, setText } from "./dom.js";
import { count, plural, time } from "./format.js";

const WORDS = { running: "running", backing_off: "pauses before a restart", given_up: "given up",
  stopping: "stops" };
const SHOWN_APART = new Set(["kind", "name", "heard_ago_s", "groups", "warnings", "host",
  "machine_load", "announced_ago_s"]);
const MAX_TEXT = 4000;

export const partsView = {
  id: "parts",
  title: "Parts",
  tables: [],
  make: (model) => new PartsView(model),
};

class PartsView {
  #model;
  #list = el("div", { class: "stack" });
  #cards = new Map();

  constructor(model) {
    this.#model = model;
    this.element = el("div", { class: "view" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Parts")),
      el("p", { class: "note" }, "Hubs start and end workers as the work asks for them; gateways "
        + "take jobs over HTTP."),
      this.#list);
  }

  update() {
    const { snapshot } = this.#model;
    if (!snapshot) {
      return fill(this.#list, el("p", { class: "note" }, "Waiting for the first figures…"));
    }
    const parts = snapshot.parts ?? [];
    const keys = parts.map((part, i) => `${part.kind} ${part.name} ${i}`);
    if (keys.join("\n") !== [...this.#cards.keys()].join("\n")) {
      this.#cards = new Map(keys.map((key) => [key, { card: el("article", { class: "card" }),
        said: "", heard: el("span", { class: "note" }) }]));
      fill(this.#list, parts.length === 0 ? el("p", { class: "empty" }, ...sentence("No hub and no "
        + "gateway has said that it is there. `steelyard hub` starts one.")) : null,
      [...this.#cards.values()].map(({ card }) => card));
    }
    parts.forEach((part, i) => this.#show(part, this.#cards.get(keys[i])));
  }

  #show(part, shown) {
    setText(shown.heard, `heard ${time(part.heard_ago_s)} ago`);
    const said = JSON.stringify({ ...part, heard_ago_s: 0 });
    if (said === shown.said) return;
    shown.said = said;
    const groups = (Array.isArray(part.groups) ? part.groups : [])
      .filter((one) => one && typeof one === "object");
    const warnings = Array.isArray(part.warnings) ? part.warnings : [];
    const machine = [part.host && `on ${part.host}`, typeof part.machine_load === "number"
      && `CPU ${Math.round(part.machine_load)} %`].filter(Boolean).join(" · ");
    fill(shown.card,
      el("div", { class: "detail-head" }, el("h2", {}, `${part.kind} ${part.name}`),
        el("span", { class: "note" }, machine), shown.heard),
      warnings.length ? el("ul", { class: "alarms" }, warnings.map((words) => el("li", {},
        el("span", { class: "sign", "aria-hidden": "true" }, "!"),
        el("span", {}, sentence(String(words)))))) : null,
      groups.map((one) => group(one)), others(part));
  }

  end() {}
}

function group(one) {
  const { wanted, running, min, max } = one;
  const dots = el("span", { class: "dots", "aria-hidden": "true" },
    Array.from({ length: Math.min(40, Math.max(max ?? 0, running ?? 0)) }, (_, i) => el("i", {
      class: i < running ? "on" : i < wanted ? "coming" : "" })));
  const queues = (Array.isArray(one.queues) && one.queues.join(", ")) || "no queue";
  const starting = one.starting > 0 ? `, ${count(one.starting)} starting` : "";
  const restarts = one.restarts > 0 ? `, ${plural(one.restarts, "restart", "restarts")}` : "";
  return el("div", { class: "group", data: { state: one.state } },
    el("div", { class: "group-head" }, el("h3", {}, String(one.group)),
      el("span", { class: "status", data: { status: one.state } },
        WORDS[one.state] ?? String(one.state)),
      dots),
    el("p", {}, `${count(running)} of ${count(wanted)} wanted, between ${count(min)} and `
      + `${count(max)}${starting}${restarts}; serves ${queues}`),
    one.why ? el("p", { class: "note" }, String(one.why)) : null,
    one.evidence ? el("pre", { tabindex: "0" }, String(one.evidence).slice(0, MAX_TEXT)) : null);
}

/** Whatever else a part says of itself. */
function others(part) {
  const members = Object.entries(part).filter(([name]) => !SHOWN_APART.has(name));
  if (members.length === 0) return null;
  return el("dl", { class: "figures" }, members.map(([name, value]) => el("div", {},
    el("dt", {}, name.replaceAll("_", " ")), el("dd", {}, words(value)))));
}

function words(value) {
  if (typeof value === "number") return count(value);
  return (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_TEXT);
}
