// Workers as timelines: what each held, loaded and did. One that loads all the time is seen.

import { api } from "./api.js";
import { confirmed } from "./ask.js";
import { paintBand } from "./band.js";
import { el, fill, setAttribute, setText } from "./dom.js";
import { filterField } from "./filter.js";
import { count, percent, plural } from "./format.js";
import { natural } from "./natural.js";
import { stateColour } from "./state_colours.js";
import { tickNow } from "./ticks.js";
import { VirtualTable } from "./virtual_table.js";
import { WorkerDetail } from "./worker_detail.js";
import { WorkerTip } from "./worker_tip.js";

const SPANS = [{ label: "1 min", span_s: 60 }, { label: "2 min", span_s: 120 },
  { label: "5 min", span_s: 300 }, { label: "10 min", span_s: 600 }];
const MAX_LEGEND = 12;
let span = SPANS[1];

export const workersView = {
  id: "workers",
  title: "Workers",
  tables: ["workers"],
  make: (model, argument) => new WorkersView(model, argument),
};

class WorkersView {
  #model;
  #table;
  #legend = el("ul", { class: "legend", "aria-label": "States" });
  #legendSaid = "";
  #named = new Set();
  #summary = el("p", { class: "summary" });
  #tick = tickNow();
  #tip;
  #detail = null;

  constructor(model, argument) {
    this.#model = model;
    this.#table = new VirtualTable({ label: "Workers", columns: this.#columns(), rowHeight: 46,
      sort: "worker", descending: false,
      empty: "No workers. Start one: steelyard worker --queue QUEUE --exec COMMAND.",
      matches: (row, words) => this.#words(row).includes(words) });
    this.#tip = new WorkerTip(this.#table, model, () => span.span_s);
    if (argument) this.#detail = new WorkerDetail(argument);
    this.element = el("div", { class: "view fixed" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Workers"), this.#spans(),
        filterField("Filter by name, queue, state", (words) => this.#filter(words))),
      this.#detail?.element,
      el("div", { class: "legend-row" }, this.#summary, this.#legend),
      this.#table.element, this.#tip.element);
    this.#table.attach();
  }

  get #at() {
    return this.#model.tables.workers.at;
  }

  #filter(words) {
    this.#table.setFilter(words);
    this.#showSummary();
  }

  #spans() {
    const buttons = SPANS.map((one) => el("button", { type: "button",
      "aria-pressed": String(one === span), onclick: () => {
        span = one;
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", SPANS[i] === span));
        this.#table.refresh();
      } }, one.label));
    return el("div", { class: "segments", role: "group", "aria-label": "Time shown" }, buttons);
  }

  /** What a filter looks in. */
  #words(row) {
    const at = this.#at;
    const queues = this.#model.snapshot.queue_sets[row[at.queue_set]] ?? [];
    return [row[at.worker], row[at.doing], row[at.task], row[at.user], row[at.address],
      ...row[at.states], row[at.loads], ...queues].join("\n").toLowerCase();
  }

  #columns() {
    return [
      { key: "worker", title: "Worker", width: 180, value: (row) => natural(row[0]),
        show: (cell, row) => this.#showName(cell, row) },
      { key: "band", title: "What it did", width: 120, grow: true, hint: "Solid: working. Hatched: "
        + "loading a state. Empty with a thin line: idle, and holding it",
      paint: (context, row, box) => paintBand(context, this.#model.timelines, row[0], box,
        this.#tick, span.span_s) },
      { key: "task", title: "Doing", width: 190, rank: 640, value: (row) => row[this.#at.task],
        show: (cell, row) => this.#showTask(cell, row) },
      { key: "loading", title: "Loading", width: 84, rank: 820, number: true,
        hint: "Which share of its busy time went into loading states",
        value: (row) => this.#loadingShare(row), text: (row) => percent(this.#loadingShare(row)) },
      { key: "switches", title: "Switches", width: 90, rank: 900, number: true,
        hint: "How often it has loaded another state", value: (row) => row[this.#at.switches],
        text: (row) => count(row[this.#at.switches]) },
      { key: "cpu", title: "CPU", width: 70, rank: 520, number: true,
        hint: "How busy its machine is", value: (row) => row[this.#at.machine_load],
        text: (row) => this.#cpu(row) },
      { key: "window", title: "Priorities", width: 96, rank: 1000,
        text: (row) => this.#window(row) },
      { key: "drain", title: "", width: 84, rank: 460,
        show: (cell, row) => this.#showDrain(cell, row) },
    ];
  }

  #showName(cell, row) {
    if (!cell.firstChild) {
      cell.append(el("a", { class: "name" }), el("span", { class: "second" }));
    }
    setText(cell.firstChild, row[0]);
    setAttribute(cell.firstChild, "title", row[0]);
    setAttribute(cell.firstChild, "href", `#/workers/${encodeURIComponent(row[0])}`);
    const { at: { address, slots, running } } = this.#model.tables.workers;
    setText(cell.lastChild, [row[address], row[slots] > 1 ? `${row[running]} of ${row[slots]} slots`
      : ""].filter(Boolean).join(" · "));
  }

  #showTask(cell, row) {
    if (!cell.firstChild) {
      cell.append(el("span", { class: "task" }, el("a", {}), el("span", {})),
        el("span", { class: "second" }));
    }
    const at = this.#at;
    const [link, text] = cell.firstChild.children;
    const job = row[at.job];
    link.hidden = !job;
    if (job) {
      setText(link, row[at.task] ?? job);
      setAttribute(link, "href", `#/job/${encodeURIComponent(job)}`);
    }
    const progress = row[at.progress] > 0 ? ` ${row[at.progress]} %` : "";
    const doing = row[at.draining] ? "drains" : row[at.doing];
    setText(text, job ? progress : doing);
    const held = row[at.states];
    const state = row[at.loads] ? `loads ${row[at.loads]}` : held.at(-1) ?? "";
    const more = !row[at.loads] && held.length > 1 ? ` +${held.length - 1}` : "";
    setText(cell.lastChild, [state + more, row[at.user]].filter(Boolean).join(" · "));
  }

  #loadingShare(row) {
    const [loading, working] = [row[this.#at.loading_s], row[this.#at.working_s]];
    return loading + working > 0 ? loading / (loading + working) : null;
  }

  #cpu(row) {
    const load = row[this.#at.machine_load];
    return typeof load === "number" ? `${Math.round(load)} %` : "–";
  }

  #window(row) {
    const [low, high] = [row[this.#at.priority_min], row[this.#at.priority_max]];
    if (low === null && high === null) return "all";
    if (high === null) return `from ${low}`;
    return low === null ? `up to ${high}` : `${low} to ${high}`;
  }

  #showDrain(cell, row) {
    if (!this.#model.actions) return;
    const button = cell.firstChild ?? cell.appendChild(el("button", { type: "button",
      class: "small", onclick: () => drain(cell.firstChild.dataset.worker) }, "Drain"));
    button.dataset.worker = row[0];
    setAttribute(button, "aria-label", `Drain ${row[0]}`);
    button.disabled = row[this.#at.draining] === 1;
    setText(button, button.disabled ? "Drains" : "Drain");
  }

  update() {
    const { workers } = this.#model.tables;
    this.element.classList.toggle("loading", !workers);
    if (!workers) return setText(this.#summary, "Waiting for the first figures…");
    this.#tick = tickNow();
    this.#showLegend(workers);
    this.#table.setRows(workers.rows);
    this.#showSummary();
  }

  #showSummary() {
    const { workers } = this.#model.tables;
    if (!workers) return;
    const doing = { idle: 0, loading: 0, working: 0 };
    for (const row of workers.rows) doing[row[workers.at.doing]] += 1;
    const shown = this.#table.filter === "" ? "" : ` · ${count(this.#table.shownCount)} shown`;
    const omitted = workers.omitted > 0 ? ` · ${count(workers.omitted)} more are not listed` : "";
    const all = plural(workers.rows.length, "worker", "workers");
    setText(this.#summary, `${all}: ${count(doing.working)} working, ${count(doing.loading)} `
      + `loading, ${count(doing.idle)} idle${shown}${omitted}`);
  }

  #showLegend(workers) {
    // What was held lately stands in the bands still.
    const held = new Map([...this.#named].map((name) => [name, 0]));
    for (const row of workers.rows) {
      const name = row[workers.at.loads] ?? row[workers.at.states].at(-1);
      if (name) held.set(name, (held.get(name) ?? 0) + 1);
    }
    // In order of their names, so that the same states have the same colours after a reload.
    for (const name of [...held.keys()].sort()) stateColour(name);
    const names = [...held].sort((a, b) => b[1] - a[1]).slice(0, MAX_LEGEND).map(([name]) => name)
      .sort();
    this.#named = new Set(names);
    const more = held.size - names.length;
    const said = names.join("\n") + more;
    if (said === this.#legendSaid) return;
    this.#legendSaid = said;
    const key = (kind, words, name) => {
      const swatch = el("span", { class: `swatch ${kind}`, "aria-hidden": "true" });
      if (name) swatch.style.backgroundColor = stateColour(name);
      return el("li", {}, swatch, words);
    };
    fill(this.#legend, key("hatched", "loading"), key("solid", "working"), key("line", "idle"),
      names.map((name) => key("state", name, name)),
      more > 0 ? el("li", {}, `and ${count(more)} more`) : null);
  }

  end() {
    this.#table.detach();
    this.#tip.end();
    this.#detail?.end();
  }
}

function drain(worker) {
  return confirmed({ title: `Drain ${worker}?`, yes: "Drain it",
    text: "It finishes the jobs that it has, takes no more, and goes. Workers of the same name "
      + "drain with it." },
  () => api.drain(worker), () => `${worker} drains: it finishes what it has and goes.`);
}
