// Elements without markup: what comes from outside is only ever a text node or an attribute.

/**
 * Makes an element. `on…` attributes are listeners, `data` sets data-…; null and false are left
 * out.
 * @param {string} tag
 * @param {Object} attributes
 * @param {...(Node|string|number|null)} children
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) add(element, child);
    else element.append(child);
  }
}

/** Replaces what is in `element`. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

/** Changes a text only if it is another: an unchanged one costs no layout. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setAttribute(element, name, value) {
  if (value === null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

/**
 * A sentence in which `words between backticks` are commands, each with a button that copies it.
 * @param {string} text
 */
export function sentence(text) {
  return text.split("`").map((part, i) => (i % 2 === 0 ? part : command(part)));
}

/** A command that can be copied. */
function command(text) {
  const code = el("code", {}, text);
  if (!text.startsWith("steelyard ") || !navigator.clipboard) return code;
  const button = el("button", { type: "button", class: "copy", "aria-label": `Copy: ${text}` },
    "copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "copied";
    } catch {
      button.textContent = "select it by hand";
    }
  });
  return el("span", { class: "command" }, code, button);
}
