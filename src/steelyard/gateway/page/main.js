// Puts the page together: the stream feeds the model, the address says which view is shown.

import { el, setText } from "./dom.js";
import { time } from "./format.js";
import { listenToKeys, showHelp } from "./keys.js";
import { Connection } from "./connection.js";
import { Model } from "./model.js";
import { Stream } from "./stream.js";
import { nextTheme, onThemeChange, themeWords } from "./theme.js";
import { jobView } from "./view_job.js";
import { nowView } from "./view_now.js";
import { partsView } from "./view_parts.js";
import { quarantineView } from "./view_quarantine.js";
import { queuesView } from "./view_queues.js";
import { usersView } from "./view_users.js";
import { workersView } from "./view_workers.js";

/**
 * A view. `make` gives what is on the page while it is shown, and nothing of it lives on when it is
 * left.
 * @typedef {Object} View
 * @property {string} id as in the address
 * @property {string} title
 * @property {string[]} tables of the snapshot that it shows
 * @property {(model: Model, argument: string) => {element: HTMLElement, update: () => void,
 *   end: () => void}} make
 */
/** @type {View[]} */
const VIEWS = [nowView, queuesView, workersView, usersView, jobView, quarantineView, partsView];

/** So many rows cost nothing to speak of. Where there is no more of anything, everything is always
 * asked for: its past is there when a view is opened, and views need no connection of their own. */
const MAX_ROWS_UNASKED = 500;

const model = new Model();
const content = document.getElementById("content");
const stream = new Stream({
  hello: (hello) => model.hello(hello),
  snapshot: (snapshot) => model.taken(snapshot),
  broker: (broker) => model.broker(broker),
  lost: (why, retryInMs) => model.lost(why, retryInMs),
});
const connection = new Connection(model, () => stream.connect());
let shown = null;

function place() {
  const [id, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  let argument = rest.join("/");
  try {
    argument = decodeURIComponent(argument);
  } catch {
    // As it is, then.
  }
  return { view: VIEWS.find((one) => one.id === id) ?? nowView, argument };
}

let asksForAll = false;

function askForTables(view) {
  const { queues, users } = model.tables;
  // How many there are is not known before they were asked for once.
  const tables = new Set(queues ? view.tables : ["queues", ...view.tables]);
  // Around the limit it is not asked anew with every worker that comes and goes.
  const few = (number) => number <= MAX_ROWS_UNASKED * (asksForAll ? 1.2 : 1);
  asksForAll = Boolean(queues && few(queues.rows.length) && few(model.snapshot.stats.workers)
    && few(users?.rows.length ?? 0));
  if (asksForAll) {
    for (const name of ["queues", "workers", "users"]) tables.add(name);
  }
  stream.ask(tables);
}

function show() {
  const { view, argument } = place();
  const former = shown?.view;
  shown?.made.end();
  const made = view.make(model, argument);
  shown = { view, made };
  content.replaceChildren(made.element);
  for (const link of document.querySelectorAll("#views a")) {
    const here = link.dataset.view === view.id;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    if (here && link.parentElement.scrollWidth > link.parentElement.clientWidth) {
      link.scrollIntoView({ block: "nearest", inline: "center" });
    }
  }
  content.dataset.view = view.id;
  askForTables(view);
  made.update();
  showFrame();
  if (former && former !== view) content.focus({ preventScroll: true });
}

function showFrame() {
  const { snapshot } = model;
  const alarms = snapshot?.health.warnings.length ?? 0;
  document.title = `${alarms > 0 ? `(${alarms}) ` : ""}${shown.view.title} · Steelyard`;
  if (!snapshot) return;
  setText(document.getElementById("about"),
    `${snapshot.stats.strategy}\nup ${time(snapshot.uptime_s)}`);
  for (const link of document.querySelectorAll("#views a")) {
    const badge = link.querySelector(".badge");
    const number = { now: alarms,
      quarantine: snapshot.stats.jobs.quarantined }[link.dataset.view] ?? 0;
    badge.hidden = number === 0;
    setText(badge, String(number));
  }
}

// Data that arrives while the tab is hidden is taken, and drawn when somebody looks again.
let due = false;
function changed(what) {
  if (what === "link") connection.show();
  if (what !== "data" || due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    showFrame();
    shown.made.update();
    askForTables(shown.view);
  });
}

function makeFrame() {
  document.getElementById("views").append(...VIEWS.map((view, i) => el("a",
    { href: `#/${view.id}`, data: { view: view.id }, "aria-keyshortcuts": String(i + 1) },
    el("span", {}, view.title), el("span", { class: "badge", hidden: true }),
    el("kbd", { "aria-hidden": "true" }, String(i + 1)))));
  const theme = document.getElementById("theme");
  const change = () => {
    nextTheme();
    setText(theme, themeWords());
  };
  setText(theme, themeWords());
  theme.addEventListener("click", change);
  document.getElementById("help").addEventListener("click", showHelp);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    content.focus();
  });
  listenToKeys({ theme: change, view: (i) => {
    location.hash = `#/${VIEWS[i].id}`;
  } });
}

makeFrame();
model.subscribe(changed);
onThemeChange(() => shown.made.update());
addEventListener("hashchange", show);
connection.show();
show();
