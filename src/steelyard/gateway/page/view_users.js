// Users: what each has had of the workers' time, beside what its weight says.

import { el, setText } from "./dom.js";
import { filterField } from "./filter.js";
import { count, mean, percent, plural, time } from "./format.js";
import { natural } from "./natural.js";
import { colour } from "./theme.js";
import { VirtualTable } from "./virtual_table.js";

export const usersView = {
  id: "users",
  title: "Users",
  tables: ["users"],
  make: (model) => new UsersView(model),
};

class UsersView {
  #model;
  #table;
  #summary = el("p", { class: "summary" });
  /** The longest bar is nearly as long as there is room. */
  #scale = 1;

  constructor(model) {
    this.#model = model;
    this.#table = new VirtualTable({ label: "Users", columns: this.#columns(), rowHeight: 44,
      sort: "share", descending: true, empty: "No user has handed in a job yet. "
        + "steelyard submit QUEUE PAYLOAD --user NAME names one.",
      matches: (row, words) => row.name.toLowerCase().includes(words) });
    this.element = el("div", { class: "view fixed" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Users"),
        filterField("Filter users", (words) => this.#table.setFilter(words))),
      el("p", { class: "note" }, "The bar is a user's share of all the time that workers have "
        + "worked; the mark is the share that its weight gives it while all have work waiting."),
      this.#summary, this.#table.element);
    this.#table.attach();
  }

  #columns() {
    const number = (key, title, rank, read, format, hint) => ({ key, title, rank, hint, width: 108,
      number: true, value: read, text: (row) => format(read(row)) });
    return [
      { key: "user", title: "User", width: 110, grow: true, value: (row) => natural(row.name),
        text: (row) => row.name || "(none named)" },
      { key: "bar", title: "Share of time", width: 120, grow: true,
        paint: (context, row, box) => this.#bar(context, row, box) },
      number("share", "Share", 0, (row) => row.share, percent, "Since the broker began"),
      number("recent", "Last 60 s", 620, (row) => row.recent, percent,
        "As far as this page was open by then"),
      number("due", "By weight", 480, (row) => row.due, percent),
      number("weight", "Weight", 760, (row) => row.weight, (value) => String(value ?? "–")),
      number("worker_s", "Time", 560, (row) => row.worker_s, time,
        "That workers have worked for them"),
      number("queued", "Waiting", 680, (row) => row.queued, count),
      number("running", "Running", 840, (row) => row.running, count),
      number("finished", "Finished", 900, (row) => row.finished, count),
      number("wait", "Mean wait", 980, (row) => row.wait_mean_s, time),
    ];
  }

  #bar(context, row, { x, y, width, height }) {
    const tall = Math.min(12, height);
    const top = y + (height - tall) / 2;
    context.fillStyle = colour("band");
    context.fillRect(x, top, width, tall);
    context.fillStyle = colour("series-1");
    context.fillRect(x, top, width * row.share * this.#scale, tall);
    context.fillStyle = colour("ink");
    context.fillRect(x + width * row.due * this.#scale - 1, top - 4, 2, tall + 8);
  }

  update() {
    const { users } = this.#model.tables;
    this.element.classList.toggle("loading", !users);
    if (!users) return setText(this.#summary, "Waiting for the first figures…");
    const rows = this.#figures(users);
    this.#scale = 0.95 / rows.reduce((most, { share, due }) => Math.max(most, share, due), 0.01);
    this.#table.setRows(rows);
    const omitted = users.omitted > 0 ? `; ${count(users.omitted)} more are not listed` : "";
    setText(this.#summary, plural(users.rows.length, "user", "users") + omitted);
  }

  #figures({ rows, at }) {
    const now = new Map(rows.map((row) => [row[at.user], row[at.worker_s] ?? 0]));
    const { userPast } = this.#model;
    const recent = new Map([...now].map(([name, value]) => (
      [name, Math.max(0, value - userPast.before(name))])));
    const sum = (values) => [...values].reduce((all, value) => all + value, 0);
    const [all_s, recent_s] = [sum(now.values()), sum(recent.values())];
    const weights = sum(rows.map((row) => row[at.weight] ?? 1));
    return rows.map((row) => {
      const name = row[at.user];
      return {
        name,
        weight: row[at.weight],
        worker_s: row[at.worker_s],
        share: all_s > 0 ? now.get(name) / all_s : 0,
        recent: recent_s > 0 ? recent.get(name) / recent_s : null,
        due: weights > 0 ? (row[at.weight] ?? 1) / weights : 0,
        queued: row[at.queued],
        running: row[at.running],
        finished: row[at.finished],
        wait_mean_s: mean(row[at.wait_sum_s], row[at.waits]),
      };
    });
  }

  end() {
    this.#table.detach();
  }
}
