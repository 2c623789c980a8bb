// What the keyboard does, everywhere on the page.

import { el } from "./dom.js";

const HELP = [
  ["1 – 7", "go to a view"],
  ["/", "filter, or type a job's id"],
  ["Escape", "clear the filter, close what is open"],
  ["↑ ↓", "in a table: the row before, the row after"],
  ["Enter", "open the row"],
  ["t", "system, light or dark colours"],
  ["?", "this list"],
];

/** @param {{view: (index: number) => void, theme: () => void}} actions */
export function listenToKeys(actions) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = event.target.matches?.("input, textarea, select");
    if (event.key === "Escape" && typing) return leave(event.target);
    if (typing || document.querySelector("dialog[open]")) return;
    if (event.key >= "1" && event.key <= "7") actions.view(Number(event.key) - 1);
    else if (event.key === "Escape") document.querySelector(".detail .close")?.click();
    else if (event.key === "/") focusFilter(event);
    else if (event.key === "?") showHelp();
    else if (event.key === "t") actions.theme();
  });
}

function leave(input) {
  if (input.value === "") return input.blur();
  input.value = "";
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function focusFilter(event) {
  const filter = document.querySelector("[data-filter]");
  if (!filter) return;
  event.preventDefault();
  filter.focus();
  filter.select();
}

export function showHelp() {
  const dialog = el("dialog", { class: "ask", "aria-labelledby": "help-title" },
    el("h2", { id: "help-title" }, "Keys"),
    el("dl", { class: "keys" }, HELP.map(([key, words]) => [
      el("dt", {}, el("kbd", {}, key)), el("dd", {}, words)])),
    el("div", { class: "buttons" },
      el("button", { type: "button", class: "primary", autofocus: true,
        onclick: () => dialog.close() }, "Close")));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
