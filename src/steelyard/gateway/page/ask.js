// Questions before something is done that cannot be undone, and words about what was done.

import { el } from "./dom.js";

const SAID_MS = 6000;
const MAX_SAID = 4;

/**
 * Asks with a dialog. Resolves to true when the answer is yes.
 * @param {{title: string, text: string, yes: string, danger?: boolean}} question
 */
export function ask({ title, text, yes, danger = false }) {
  return new Promise((resolve) => {
    const answer = (value) => () => dialog.close(value);
    const dialog = el("dialog", { class: "ask", "aria-labelledby": "ask-title" },
      el("h2", { id: "ask-title" }, title),
      el("p", {}, text),
      el("div", { class: "buttons" },
        el("button", { type: "button", class: "quiet", autofocus: true, onclick: answer("no") },
          "Leave it"),
        el("button", { type: "button", class: danger ? "danger" : "primary", data: { yes: "1" },
          onclick: answer("yes") }, yes)));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Says a sentence for some seconds, also to those who hear the page. */
function say(text, kind = "done") {
  const place = document.getElementById("said");
  const note = el("p", { class: "toast", data: { kind } }, text);
  place.append(note);
  while (place.children.length > MAX_SAID) place.firstElementChild.remove();
  setTimeout(() => note.remove(), SAID_MS);
}

/**
 * Asks, does it, and says what came of it.
 * @param {Parameters<typeof ask>[0]} question
 * @param {() => Promise<any>} action
 * @param {(answer: any) => string} words
 * @returns {Promise<boolean>} whether it was done
 */
export async function confirmed(question, action, words) {
  if (!await ask(question)) return false;
  try {
    say(words(await action()));
    return true;
  } catch (error) {
    say(`Not done: ${error.message}.`, "failed");
    return false;
  }
}
