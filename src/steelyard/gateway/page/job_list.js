// What waits and runs, to choose a job from.

import { api } from "./api.js";
import { el, setAttribute, setText } from "./dom.js";
import { plural, time } from "./format.js";
import { Poll } from "./poll.js";
import { VirtualTable } from "./virtual_table.js";

const AGAIN_S = 3;

export class JobList {
  #summary = el("p", { class: "summary" }, "Asking the broker…");
  #poll = null;
  #table = new VirtualTable({ label: "Jobs that wait or run", rowHeight: 40, sort: "age",
    descending: true, matches: () => true,
    empty: "Nothing waits and nothing runs. Hand in a job: steelyard submit demo 1000.",
    columns: [
      { key: "job", title: "Job", width: 190, grow: true, value: (row) => row.job,
        show: (cell, row) => showJob(cell, row) },
      { key: "status", title: "Status", width: 120, value: (row) => row.status,
        text: (row) => (row.status === "running" && row.progress > 0
          ? `running ${row.progress} %` : row.status) },
      { key: "queue", title: "Queue", width: 130, rank: 520, value: (row) => row.queue,
        text: (row) => row.queue },
      { key: "state", title: "State", width: 130, rank: 760, value: (row) => row.state,
        text: (row) => row.state ?? "" },
      { key: "user", title: "User", width: 110, rank: 640, value: (row) => row.user,
        text: (row) => row.user ?? "" },
      { key: "worker", title: "Worker", width: 130, rank: 880, value: (row) => row.worker,
        text: (row) => row.worker ?? "" },
      { key: "age", title: "Age", width: 90, rank: 400, number: true, value: (row) => row.age_s,
        text: (row) => time(row.age_s) },
    ] });

  element = el("div", { class: "stack" }, this.#summary, this.#table.element);

  attach() {
    this.#table.attach();
    this.#poll = new Poll(() => this.#ask(), AGAIN_S);
  }

  async #ask() {
    try {
      const { rows, rows_omitted } = await api.jobs();
      this.#table.setRows(rows);
      const omitted = rows_omitted > 0
        ? `; ${plural(rows_omitted, "more is", "more are")} not listed` : "";
      setText(this.#summary, `${plural(rows.length, "job", "jobs")} listed${omitted}`);
    } catch (error) {
      setText(this.#summary, `The list is not known: ${error.message}.`);
    }
  }

  end() {
    this.#poll.end();
    this.#table.detach();
  }
}

function showJob(cell, row) {
  const link = cell.firstChild ?? cell.appendChild(el("a", { class: "name id" }));
  setText(link, row.job);
  setAttribute(link, "href", `#/job/${encodeURIComponent(row.job)}`);
}
