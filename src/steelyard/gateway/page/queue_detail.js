// One queue: its figures, its last five minutes, and how its times are spread.

import { el, fill, setText } from "./dom.js";
import { count, mean, plural, time } from "./format.js";
import { SECONDS_KEPT } from "./history.js";
import { histogram } from "./histogram.js";
import { LineChart } from "./line_chart.js";
import { tickNow } from "./ticks.js";

const FIGURES = [
  ["Jobs done", (row, at) => count(row[at.finished])],
  ["Computing in all", (row, at) => time(row[at.run_sum_s])],
  ["Computing, least", (row, at) => time(row[at.run_min_s])],
  ["mean", (row, at) => time(mean(row[at.run_sum_s], row[at.runs]))],
  ["most", (row, at) => time(row[at.run_max_s])],
  ["Waiting, least", (row, at) => time(row[at.wait_min_s])],
  ["mean", (row, at) => time(mean(row[at.wait_sum_s], row[at.waits]))],
  ["most", (row, at) => time(row[at.wait_max_s])],
];

export class QueueDetail {
  #model;
  #name;
  #values = FIGURES.map(() => el("dd", {}, "–"));
  #note = el("p", { class: "note" });
  #charts = [];
  #waits = el("div", { class: "histogram" });
  #runs = el("div", { class: "histogram" });

  constructor(model, name) {
    this.#model = model;
    this.#name = name;
    this.element = el("section", { class: "card detail", "aria-label": `Queue ${name}` },
      el("div", { class: "detail-head" }, el("h2", {}, name),
        el("a", { href: "#/queues", class: "close", "aria-label": "Close" }, "Close")),
      this.#note,
      el("dl", { class: "figures" }, FIGURES.map(([label], i) => (
        el("div", {}, el("dt", {}, label), this.#values[i])))),
      el("div", { class: "detail-charts" },
        this.#chart("Waiting, 5 min", "queued", "series-2", count),
        this.#chart("Longest wait, 5 min", "longestWait", "series-3", time),
        el("div", {}, el("h3", {}, "How long jobs waited"), this.#waits),
        el("div", {}, el("h3", {}, "How long jobs ran"), this.#runs)));
  }

  #chart(title, series, name, format) {
    const canvas = el("canvas", { role: "img", "aria-label": title });
    this.#charts.push({ canvas, series, name, format, title, chart: null });
    return el("div", {}, el("h3", {}, title), el("div", { class: "chart-box low" }, canvas));
  }

  update() {
    const { queues } = this.#model.tables;
    const row = queues?.find(this.#name);
    if (!row) {
      return setText(this.#note, queues ? "The broker knows no queue of this name: it is there "
        + "with its first job or its first worker." : "");
    }
    const { at } = queues;
    const windows = row[at.outside_windows];
    setText(this.#note, `${plural(row[at.queued], "job waits", "jobs wait")}, `
      + `${count(row[at.running])} running, ${plural(row[at.workers], "worker", "workers")} with `
      + plural(row[at.slots], "slot", "slots")
      + (windows > 0 ? `; ${count(windows)} outside the priority windows of all workers` : ""));
    FIGURES.forEach(([, read], i) => setText(this.#values[i], read(row, at)));
    const bounds = this.#model.snapshot.bucket_bounds_s;
    histogram(this.#waits, bounds, row[at.wait_buckets] ?? []);
    histogram(this.#runs, bounds, row[at.run_buckets] ?? []);
    const tick = tickNow();
    for (const one of this.#charts) {
      one.chart ??= new LineChart(one.canvas, { format: one.format, steps: 2,
        lines: [{ name: "value", label: one.title, colour: one.name, fill: true }] });
      const values = this.#model.history[one.series].last(this.#name, tick, SECONDS_KEPT);
      const points = values.map((value, i) => ({ value, tick: tick - values.length + 1 + i }))
        .filter(({ value }) => !Number.isNaN(value));
      one.chart.show(points, tick, SECONDS_KEPT);
    }
  }

  end() {
    for (const { chart } of this.#charts) chart?.end();
    fill(this.element);
  }
}
