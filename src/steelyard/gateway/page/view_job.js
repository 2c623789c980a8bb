// One job: how it stands, why, and what can be done about it. Without an id: what waits and runs.

import { api } from "./api.js";
import { confirmed } from "./ask.js";
import { el, fill, sentence, setText } from "./dom.js";
import { time } from "./format.js";
import { story } from "./job_story.js";
import { JobList } from "./job_list.js";
import { Poll } from "./poll.js";

const OVER = new Set(["finished", "failed", "cancelled", "expired", "gone", "unknown"]);
const AGAIN_S = 2;
const MAX_RESULT = 10_000;

export const jobView = {
  id: "job",
  title: "Job",
  tables: [],
  make: (model, argument) => new JobView(model, argument.trim()),
};

class JobView {
  #model;
  #id;
  #list = null;
  #poll = null;
  #card = el("section", { class: "card story" });
  #status = el("span", { class: "status", role: "status" });
  #lines = el("ol", { class: "lines" });
  #said = "";

  constructor(model, id) {
    this.#model = model;
    this.#id = id;
    const input = el("input", { type: "search", name: "id", data: { filter: "1" }, value: id,
      placeholder: "0123456789abcdef-42   /", "aria-label": "Id of a job", autocomplete: "off",
      spellcheck: "false", maxlength: "60" });
    const go = () => {
      const wanted = input.value.trim();
      location.hash = wanted ? `#/job/${encodeURIComponent(wanted)}` : "#/job";
    };
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") go();
    });
    this.element = el("div", { class: "view fixed" },
      el("div", { class: "view-head" }, el("h1", { id: "title" }, id ? "Job" : "Jobs"),
        el("div", { class: "search", role: "search" }, input,
          el("button", { type: "button", class: "primary", onclick: go }, "Show"))));
    if (id) this.#begin();
    else {
      this.#list = new JobList();
      this.element.append(this.#list.element);
      this.#list.attach();
    }
  }

  #begin() {
    fill(this.#card, el("p", { class: "note" }, "Asking the broker…"));
    this.element.append(this.#card);
    this.#poll = new Poll(() => this.#ask(), AGAIN_S);
  }

  async #ask() {
    try {
      const [standing, told] = await Promise.all([api.job(this.#id).catch(tolerated),
        api.explain(this.#id).catch(tolerated)]);
      if (!standing.failure || !told.failure) this.#show(standing, told);
      else this.#failed(standing.failure);
      if (OVER.has(standing.status) || OVER.has(told.status)) this.#poll.end();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error) {
    this.#said = "";
    fill(this.#card, el("p", { class: "problem" }, `${error.message}.`),
      el("p", { class: "note" }, ...sentence("An id is printed by `steelyard submit --no-wait` and "
        + "`steelyard ls jobs`. What is over is kept for some minutes only.")));
  }

  #show(standing, told) {
    const status = told.status ?? standing.status;
    const known = JSON.stringify([standing, { ...told, age_s: 0 }]);
    if (known === this.#said) return;
    this.#said = known;
    const progress = standing.progress > 0 && status === "running"
      ? el("progress", { max: 100, value: standing.progress, "aria-label": "Progress" }) : null;
    const facts = [["Queue", told.queue && link("queues", told.queue)],
      ["State", told.state], ["User", told.user], ["Priority", told.priority],
      ["Worker", told.worker && link("workers", told.worker)], ["Attempt", told.attempt || null],
      ["Age", told.age_s === undefined ? null : time(told.age_s)]];
    const filled = facts.filter(([, value]) => ![null, undefined, ""].includes(value));
    const focused = this.#card.contains(document.activeElement);
    fill(this.#card,
      el("div", { class: "detail-head" },
        el("h2", { class: "id" }, this.#id),
        this.#showStatus(status), progress, this.#cancelButton(status)),
      el("dl", { class: "figures" }, filled.map(([label, value]) => (
        el("div", {}, el("dt", {}, label), el("dd", {}, value))))),
      this.#showLines(story({ ...told, status, error: standing.error ?? told.error })),
      this.#result(standing));
    if (focused) this.#card.querySelector("button")?.focus();
  }

  // What is the same as before stays the same element: whoever reads or hears it is not disturbed.
  #showStatus(status) {
    this.#status.dataset.status = status;
    setText(this.#status, status);
    return this.#status;
  }

  #showLines(lines) {
    const said = lines.map(({ text }) => text).join("\n");
    if (this.#lines.dataset.said !== said) {
      this.#lines.dataset.said = said;
      fill(this.#lines, lines.map(({ text, kind }) => el("li", { data: { kind: kind ?? "" } },
        el("span", { class: "label" }), el("span", {}, sentence(text)))));
    }
    lines.forEach(({ label }, i) => setText(this.#lines.children[i].firstChild, label));
    return this.#lines;
  }

  #result(standing) {
    const text = standing.result ?? standing.payload;
    if (typeof text !== "string") return null;
    return el("div", {}, el("h3", {}, "Result"),
      el("pre", { tabindex: "0" }, text.slice(0, MAX_RESULT)),
      text.length > MAX_RESULT ? el("p", { class: "note" }, "The rest is left out here.") : null);
  }

  #cancelButton(status) {
    if (!this.#model.actions || OVER.has(status) || status === "returning") return null;
    return el("button", { type: "button", class: "danger", data: { cancel: "1" },
      onclick: () => this.#cancel() }, "Cancel");
  }

  async #cancel() {
    const done = await confirmed({ title: "Cancel this job?", yes: "Cancel it", danger: true,
      text: `${this.#id}: if it waits, it never begins; if it runs, its worker is told to stop.` },
    () => api.cancel(this.#id), (answer) => `${this.#id} is ${answer.status}.`);
    if (done) this.#poll.now();
  }

  update() {}

  end() {
    this.#poll?.end();
    this.#list?.end();
  }
}

function tolerated(failure) {
  return { failure };
}

function link(view, name) {
  return el("a", { href: `#/${view}/${encodeURIComponent(name)}` }, name);
}
