// The first view: how much goes through, what waits, what is wrong and what to do about it.

import { el, fill, sentence, setText } from "./dom.js";
import { count, plural, rate, time } from "./format.js";
import { LineChart } from "./line_chart.js";
import { tickNow } from "./ticks.js";

const SPANS = [{ label: "5 min", span_s: 300, of: "seconds" },
  { label: "1 h", span_s: 3600, of: "tens" }];
let chosen = SPANS[0];

const TILES = [
  { id: "finished_per_s", label: "Finished per second", format: rate },
  { id: "queued", label: "Waiting", format: count },
  { id: "running", label: "Running", format: count },
  { id: "workers", label: "Workers", format: count },
  { id: "longest_wait_s", label: "Longest wait", format: time },
];

const CHARTS = [
  { id: "throughput", title: "Throughput, jobs per second", format: rate, lines: [
    { name: "accepted_per_s", label: "accepted", colour: "series-2" },
    { name: "finished_per_s", label: "finished", colour: "series-1", fill: true },
    { name: "failed_per_s", label: "failed", colour: "series-4" }] },
  { id: "jobs", title: "Jobs waiting and running", format: count, lines: [
    { name: "queued", label: "waiting", colour: "series-2", fill: true },
    { name: "running", label: "running", colour: "series-1" }] },
  { id: "wait", title: "Longest wait of a job that is queued", format: time, lines: [
    { name: "longest_wait_s", label: "longest wait", colour: "series-3", fill: true }] },
  { id: "workers", title: "Workers", format: count, lines: [
    { name: "workers", label: "workers", colour: "series-5", fill: true }] },
];

const LEDGER = ["accepted", "delayed", "queued", "running", "returning", "finished", "failed",
  "cancelled", "expired", "quarantined"];

export const nowView = {
  id: "now",
  title: "Now",
  tables: ["queues"],
  make: (model) => new NowView(model),
};

class NowView {
  #model;
  #tiles = new Map();
  #ledger = new Map();
  #charts = [];
  #health = el("div", { class: "health" });
  #healthSaid = null;
  #painting = 0;

  constructor(model) {
    this.#model = model;
    this.element = el("div", { class: "view" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Now"), this.#spans()),
      el("dl", { class: "tiles" }, TILES.map((tile) => this.#tile(tile))),
      el("section", { "aria-label": "Health", "aria-live": "polite" }, this.#health),
      el("div", { class: "charts" }, CHARTS.map((chart) => this.#chart(chart))),
      el("section", { class: "card", "aria-labelledby": "ledger-title" },
        el("h2", { id: "ledger-title" }, "All jobs since the broker began"),
        el("dl", { class: "ledger" }, LEDGER.map((name) => this.#entry(name)))));
  }

  #spans() {
    const buttons = SPANS.map((span) => el("button", { type: "button",
      "aria-pressed": String(span === chosen), onclick: () => {
        chosen = span;
        buttons.forEach((button, i) => button.setAttribute("aria-pressed", SPANS[i] === chosen));
        this.#paintCharts();
      } }, span.label));
    return el("div", { class: "segments", role: "group", "aria-label": "Time shown" }, buttons);
  }

  #tile({ id, label }) {
    const value = el("dd", { data: { figure: id } }, "–");
    this.#tiles.set(id, value);
    return el("div", { class: "tile", data: { tile: id } }, el("dt", {}, label), value);
  }

  #chart({ id, title, lines, format }) {
    const canvas = el("canvas", { role: "img", "aria-label": title, data: { chart: id } });
    this.#charts.push({ canvas, lines, format, chart: null });
    return el("section", { class: "card chart" }, el("h2", {}, title),
      el("div", { class: "chart-box" }, canvas));
  }

  #entry(name) {
    const value = el("dd", { data: { job: name } }, "–");
    this.#ledger.set(name, value);
    return el("div", {}, el("dt", {}, name), value);
  }

  update() {
    const { snapshot, history } = this.#model;
    this.element.classList.toggle("loading", !snapshot);
    if (snapshot) {
      const last = history.seconds.at(-1) ?? {};
      const { jobs } = snapshot.stats;
      const figures = { finished_per_s: last.finished_per_s, longest_wait_s: last.longest_wait_s,
        queued: jobs.queued, running: jobs.running, workers: snapshot.stats.workers };
      for (const { id, format } of TILES) setText(this.#tiles.get(id), format(figures[id]));
      for (const [name, value] of this.#ledger) {
        setText(value, count(jobs[name]));
        value.dataset.value = jobs[name];
      }
      this.#showHealth(snapshot.health);
    } else {
      this.#showHealth(null);
    }
    this.#paintCharts();
  }

  #showHealth(health) {
    const said = JSON.stringify(health?.warnings ?? null);
    if (said === this.#healthSaid) return;
    this.#healthSaid = said;
    if (!health) {
      return fill(this.#health, el("p", { class: "well" }, "Waiting for the first figures…"));
    }
    const { warnings } = health;
    if (warnings.length === 0) {
      return fill(this.#health, el("p", { class: "well", data: { well: "1" } },
        el("span", { class: "sign", "aria-hidden": "true" }, "✓"), "All is well."));
    }
    const heading = plural(warnings.length, "thing to look at", "things to look at");
    fill(this.#health, el("h2", {}, heading),
      el("ul", { class: "alarms" }, warnings.map((words) => el("li", {},
        el("span", { class: "sign", "aria-hidden": "true" }, "!"),
        el("span", {}, sentence(words))))));
  }

  // One chart per frame: four at once would hold up what somebody types or scrolls.
  #paintCharts() {
    cancelAnimationFrame(this.#painting);
    const { history } = this.#model;
    const left = [...this.#charts];
    const next = () => {
      const one = left.shift();
      if (!one) return;
      one.chart ??= new LineChart(one.canvas, one);
      one.chart.show(history[chosen.of], tickNow(), chosen.span_s);
      this.#painting = requestAnimationFrame(next);
    };
    this.#painting = requestAnimationFrame(next);
  }

  end() {
    cancelAnimationFrame(this.#painting);
    for (const { chart } of this.#charts) chart?.end();
  }
}
