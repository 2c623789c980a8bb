// The field that `/` goes to.

import { el } from "./dom.js";

/** @param {string} label @param {(words: string) => void} changed */
export function filterField(label, changed) {
  const input = el("input", { type: "search", data: { filter: "1" }, placeholder: `${label}   /`,
    "aria-label": label, autocomplete: "off", spellcheck: "false", maxlength: "200" });
  input.addEventListener("input", () => changed(input.value));
  return input;
}
