// Queues and their tasks: how many, how much computing, how long they wait and take.

import { sparkline } from "./canvas.js";
import { el, setAttribute, setText } from "./dom.js";
import { filterField } from "./filter.js";
import { count, mean, plural, time } from "./format.js";
import { natural } from "./natural.js";
import { QueueDetail } from "./queue_detail.js";
import { colour } from "./theme.js";
import { tickNow } from "./ticks.js";
import { VirtualTable } from "./virtual_table.js";

const SPARK_S = 60;

export const queuesView = {
  id: "queues",
  title: "Queues",
  tables: ["queues"],
  make: (model, argument) => new QueuesView(model, argument),
};

class QueuesView {
  #model;
  #table;
  #summary = el("p", { class: "summary" });
  #detail = null;

  constructor(model, name) {
    this.#model = model;
    this.#table = new VirtualTable({ label: "Queues", columns: this.#columns(), rowHeight: 44,
      sort: "queued", descending: true, empty: "No queue yet. It is there with its first job or "
        + "its first worker: steelyard submit demo 1000.",
      matches: (row, words) => row[0].toLowerCase().includes(words) });
    if (name) this.#detail = new QueueDetail(model, name);
    this.element = el("div", { class: "view fixed" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Queues and tasks"),
        filterField("Filter queues", (words) => this.#table.setFilter(words))),
      this.#detail?.element, this.#summary, this.#table.element);
    this.#table.attach();
  }

  get #at() {
    return this.#model.tables.queues.at;
  }

  #columns() {
    const number = (key, title, hint, rank, width = 88) => ({ key, title, hint, rank, width,
      number: true, value: (row) => row[this.#at[key]], text: (row) => count(row[this.#at[key]]) });
    const span = (key, title, hint, rank, read) => ({ key, title, hint, rank, width: 118,
      number: true, value: read, text: (row) => time(read(row)) });
    return [
      { key: "queue", title: "Queue", width: 150, grow: true, value: (row) => natural(row[0]),
        show: (cell, row) => this.#showName(cell, row) },
      number("queued", "Waiting", "Jobs that wait for a worker", 0, 100),
      { key: "length", title: "Last 60 s", hint: "How many waited over the last minute",
        width: 110, rank: 560,
        paint: (context, row, box) => this.#spark(context, row, box, "queued", "series-2") },
      span("longest_wait_s", "Longest wait", "How long the job waits that has waited longest", 360,
        (row) => (row[this.#at.queued] > 0 ? row[this.#at.longest_wait_s] : null)),
      { key: "wait", title: "Last 60 s", hint: "The longest wait over the last minute",
        width: 110, rank: 980,
        paint: (context, row, box) => this.#spark(context, row, box, "longestWait", "series-3") },
      number("running", "Running", "Jobs that workers have", 460, 84),
      number("workers", "Workers", "Workers that serve the queue", 640, 88),
      number("finished", "Finished", "Jobs done since the broker began", 760, 96),
      number("failed", "Failed", "Jobs whose work failed", 900, 76),
      span("run_mean", "Mean run", "Computing time of a job, in the mean", 700,
        (row) => mean(row[this.#at.run_sum_s], row[this.#at.runs])),
      span("run_sum", "Computing", "Computing time of all jobs together", 1060,
        (row) => row[this.#at.run_sum_s]),
      span("wait_mean", "Mean wait", "How long jobs waited, in the mean", 1140,
        (row) => mean(row[this.#at.wait_sum_s], row[this.#at.waits])),
    ];
  }

  #showName(cell, row) {
    const link = cell.firstChild ?? cell.appendChild(el("a", { class: "name" }));
    setText(link, row[0]);
    setAttribute(link, "href", `#/queues/${encodeURIComponent(row[0])}`);
    const lost = row[this.#at.queued] > 0 && row[this.#at.workers] === 0;
    setAttribute(cell, "data-alarm", lost ? "no worker serves it" : null);
  }

  #spark(context, row, box, series, name) {
    sparkline(context, this.#model.history[series].last(row[0], tickNow(), SPARK_S),
      { ...box, colour: colour(name) });
  }

  update() {
    const { queues } = this.#model.tables;
    this.element.classList.toggle("loading", !queues);
    if (!queues) return setText(this.#summary, "Waiting for the first figures…");
    this.#table.setRows(queues.rows);
    const shown = this.#table.filter === "" ? "" : `, ${count(this.#table.shownCount)} shown`;
    const omitted = queues.omitted > 0 ? `; ${count(queues.omitted)} more are not listed` : "";
    setText(this.#summary, plural(queues.rows.length, "queue", "queues") + shown + omitted);
    this.#detail?.update();
  }

  end() {
    this.#table.detach();
    this.#detail?.end();
  }
}
