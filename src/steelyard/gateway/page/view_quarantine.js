// Jobs whose workers died, with the evidence, to be released or dropped.

import { api } from "./api.js";
import { confirmed } from "./ask.js";
import { el, fill } from "./dom.js";
import { count, plural } from "./format.js";
import { Poll } from "./poll.js";

const AGAIN_S = 5;
const MAX_SHOWN = 200;

export const quarantineView = {
  id: "quarantine",
  title: "Quarantine",
  tables: [],
  make: (model) => new QuarantineView(model),
};

class QuarantineView {
  #model;
  #poll;
  #known = null;
  #said = null;
  #list = el("div", { class: "stack", "aria-live": "polite" }, el("p", { class: "note" },
    "Asking the broker…"));

  constructor(model) {
    this.#model = model;
    this.element = el("div", { class: "view" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, "Quarantine")),
      el("p", { class: "note" }, "A job whose workers died several times is given to no "
        + "more of them. It is kept with what is known of each death, until it is released or "
        + "dropped."),
      this.#list);
    this.#poll = new Poll(() => this.#ask(), AGAIN_S);
  }

  async #ask() {
    try {
      this.#show(await api.quarantine());
    } catch (error) {
      this.#said = null;
      fill(this.#list, el("p", { class: "problem" },
        `What is in quarantine is not known: ${error.message}.`));
    }
  }

  #show({ rows, rows_omitted = 0 }) {
    const said = JSON.stringify([rows, this.#model.actions]);
    if (said === this.#said) return;
    this.#said = said;
    if (rows.length === 0) {
      fill(this.#list, el("p", { class: "well" },
        el("span", { class: "sign", "aria-hidden": "true" }, "✓"), "No job is in quarantine."));
      return;
    }
    const more = rows_omitted + Math.max(0, rows.length - MAX_SHOWN);
    fill(this.#list, rows.slice(0, MAX_SHOWN).map((row) => this.#card(row)),
      more > 0 ? el("p", { class: "note" }, `${count(more)} more are not shown here.`) : null);
  }

  #card(row) {
    const buttons = this.#model.actions ? el("div", { class: "buttons" },
      el("button", { type: "button", data: { release: row.job },
        onclick: () => this.#release(row) }, "Release"),
      el("button", { type: "button", class: "danger", data: { drop: row.job },
        onclick: () => this.#drop(row) }, "Drop")) : null;
    const about = [`queue ${row.queue}`, row.state && `state ${row.state}`, row.user
      && `user ${row.user}`, `since ${new Date(row.since_unix_ms).toLocaleString()}`];
    return el("article", { class: "card", data: { job: row.job } },
      el("div", { class: "detail-head" },
        el("h2", { class: "id" },
          el("a", { href: `#/job/${encodeURIComponent(row.job)}` }, row.job)),
        buttons),
      el("p", { class: "note" }, about.filter(Boolean).join(" · ")),
      el("h3", {}, plural(row.deaths.length, "death", "deaths")),
      el("ol", { class: "deaths" }, row.deaths.map((death) => el("li", {},
        el("p", {}, el("strong", {}, death.worker), ` ${death.how} in attempt ${death.attempt}, `
          + new Date(death.at_unix_ms).toLocaleTimeString()),
        el("pre", { tabindex: "0" }, death.text)))));
  }

  async #release(row) {
    if (await confirmed({ title: "Release this job?", yes: "Release it",
      text: `${row.job} is queued again and run once more. If it was what killed its workers, it `
        + "may kill another." }, () => api.release(row.job), () => `${row.job} is queued again.`)) {
      this.#poll.now();
    }
  }

  async #drop(row) {
    if (await confirmed({ title: "Drop this job?", yes: "Drop it", danger: true,
      text: `${row.job} is forgotten. Who waited for it was told when it came into quarantine.` },
    () => api.drop(row.job), () => `${row.job} is dropped.`)) this.#poll.now();
  }

  update() {
    const now = this.#model.snapshot?.stats.jobs.quarantined;
    if (this.#known !== null && now !== this.#known) this.#poll.now();
    this.#known = now ?? null;
  }

  end() {
    this.#poll.end();
  }
}
