// A table of any length: only the rows that can be seen are elements, and one canvas paints what is
// drawn in them.

import { oncePerFrame, prepare } from "./canvas.js";
import { el, fill, setAttribute, setText } from "./dom.js";

/** Rows kept above and below what can be seen, so that scrolling shows no gap. */
const AROUND = 5;

/**
 * @typedef {Object} Column
 * @property {string} key
 * @property {string} title
 * @property {string} [hint] what the heading means, in a sentence
 * @property {number} width pixels; with `grow` the least
 * @property {boolean} [grow] takes what is left
 * @property {boolean} [number] to the right, in figures of one width
 * @property {number} [rank] columns with a higher one leave first when there is no room; 0: stays
 * @property {(row: any) => (string|number|null)} [value] what is sorted by
 * @property {(row: any) => string} [text]
 * @property {(cell: HTMLElement, row: any) => void} [show] instead of `text`
 * @property {(context: CanvasRenderingContext2D, row: any, box: Object) => void} [paint]
 */
export class VirtualTable {
  #columns;
  #options;
  #all = [];
  #shown = [];
  #sort;
  #elements = new Map();
  #spare = [];
  #visible = [];
  #first = 0;

  /**
   * @param {{label: string, columns: Column[], rowHeight: number, sort: string,
   *   descending: boolean, empty: string, matches: (row: any, words: string) => boolean}} options
   */
  constructor(options) {
    this.#options = options;
    this.#columns = options.columns;
    this.#sort = { key: options.sort, descending: options.descending };
    this.filter = "";
    this.#build();
    this.refresh = oncePerFrame(() => this.#layout());
    this.#box.addEventListener("scroll", this.refresh, { passive: true });
    this.#box.addEventListener("keydown", (event) => this.#step(event));
    this.#resized = new ResizeObserver(() => {
      this.#visible = [];
      this.refresh();
    });
  }

  #box; #head; #body; #top; #bottom; #canvas; #empty; #group; #resized; #table;

  #build() {
    this.#group = el("colgroup");
    this.#head = el("tr");
    this.#top = el("tr", { class: "space", "aria-hidden": "true" });
    this.#bottom = el("tr", { class: "space", "aria-hidden": "true" });
    this.#body = el("tbody", {}, this.#top, this.#bottom);
    this.#table = el("table", { "aria-label": this.#options.label }, this.#group,
      el("thead", {}, this.#head), this.#body);
    this.#canvas = el("canvas", { class: "painted", "aria-hidden": "true" });
    this.#box = el("div", { class: "table-box", tabindex: "0", role: "region",
      "aria-label": `${this.#options.label}, scrolls` }, this.#table, this.#canvas);
    this.#empty = el("p", { class: "empty", hidden: true });
    this.element = el("div", { class: "table" }, this.#box, this.#empty);
    this.element.style.setProperty("--row-height", `${this.#options.rowHeight}px`);
  }

  /** To be called when it is on the page, and when it has left it. */
  attach() {
    this.#resized.observe(this.#box);
    this.refresh();
  }

  detach() {
    this.#resized.disconnect();
    this.refresh.cancel();
  }

  /** Shows these rows from now on. */
  setRows(rows) {
    this.#all = rows;
    this.#arrange();
  }

  setFilter(words) {
    this.filter = words.trim().toLowerCase();
    this.#box.scrollTop = 0;
    this.#arrange();
  }

  get shownCount() {
    return this.#shown.length;
  }

  #arrange() {
    const { matches } = this.#options;
    const rows = this.filter === "" ? [...this.#all]
      : this.#all.filter((row) => matches(row, this.filter));
    const column = this.#columns.find(({ key }) => key === this.#sort.key);
    if (column?.value) {
      const sign = this.#sort.descending ? -1 : 1;
      // The keys are taken once: comparing calls no function of a column.
      const keys = new Map(rows.map((row) => [row, column.value(row)]));
      rows.sort((a, b) => compare(keys.get(a), keys.get(b), sign));
    }
    this.#shown = rows;
    this.refresh();
  }

  #sortBy(key) {
    const column = this.#columns.find((one) => one.key === key);
    const descending = this.#sort.key === key ? !this.#sort.descending : column.number === true;
    this.#sort = { key, descending };
    this.#visible = [];
    this.#arrange();
  }

  #chooseColumns() {
    const width = this.#box.clientWidth;
    const chosen = fitting(this.#columns, width);
    if (chosen.length === this.#visible.length) return;
    const focused = document.activeElement?.dataset?.sort;
    this.#visible = chosen;
    const fixed = chosen.reduce((sum, one) => sum + one.width, 0);
    const growing = chosen.filter(({ grow }) => grow).length || 1;
    const rest = Math.max(0, width - fixed) / growing;
    const widths = chosen.map((one) => one.width + (one.grow ? rest : 0));
    this.#table.style.width = `${Math.max(width, fixed)}px`;
    fill(this.#group, widths.map((one) => {
      const col = el("col");
      col.style.width = `${one}px`;
      return col;
    }));
    let left = 0;
    this.#places = chosen.map((column, i) => {
      const place = { column, left, width: widths[i] };
      left += widths[i];
      return place;
    });
    fill(this.#head, chosen.map((column) => this.#heading(column)));
    for (const row of this.#elements.values()) row.remove();
    this.#elements.clear();
    this.#spare = [];
    if (focused) this.#head.querySelector(`[data-sort="${CSS.escape(focused)}"]`)?.focus();
  }

  #places = [];

  #heading(column) {
    const sorted = this.#sort.key === column.key;
    const order = this.#sort.descending ? "descending" : "ascending";
    const content = column.value
      ? el("button", { type: "button", title: column.hint, data: { sort: column.key },
        onclick: () => this.#sortBy(column.key) }, column.title,
      el("span", { class: "arrow", "aria-hidden": "true" },
        sorted ? (this.#sort.descending ? "▾" : "▴") : ""))
      : el("span", { title: column.hint }, column.title);
    return el("th", { scope: "col", class: column.number ? "number" : null,
      "aria-sort": sorted ? order : null }, content);
  }

  #layout() {
    if (this.#box.clientWidth === 0) return;
    this.#chooseColumns();
    const { rowHeight } = this.#options;
    const count = this.#shown.length;
    const inView = Math.ceil(this.#box.clientHeight / rowHeight);
    const most = Math.max(0, count - inView);
    const first = Math.max(0, Math.min(most, Math.floor(this.#box.scrollTop / rowHeight)) - AROUND);
    const end = Math.min(count, first + inView + 2 * AROUND);
    this.#first = first;
    this.#recycle(first, end);
    this.#top.style.height = `${first * rowHeight}px`;
    this.#bottom.style.height = `${(count - end) * rowHeight}px`;
    setAttribute(this.#table, "aria-rowcount", count + 1);
    for (const [index, row] of this.#elements) this.#showRow(row, this.#shown[index], index);
    this.#showEmpty();
    this.#paint(first, end);
  }

  #recycle(first, end) {
    for (const [index, row] of this.#elements) {
      if (index >= first && index < end) continue;
      this.#elements.delete(index);
      row.remove();
      this.#spare.push(row);
    }
    let after = this.#bottom;
    for (let index = end - 1; index >= first; --index) {
      let row = this.#elements.get(index);
      if (!row) {
        row = this.#spare.pop() ?? this.#newRow();
        this.#elements.set(index, row);
        this.#body.insertBefore(row, after);
      }
      after = row;
    }
  }

  #newRow() {
    return el("tr", {}, this.#visible.map((column) => el("td", {
      class: [column.number && "number", column.paint && "paint"]
        .filter(Boolean).join(" ") || null,
      data: { key: column.key },
    })));
  }

  #showRow(element, row, index) {
    setAttribute(element, "aria-rowindex", index + 2);
    element.dataset.index = index;
    this.#visible.forEach((column, i) => {
      const cell = element.children[i];
      if (column.show) column.show(cell, row);
      else if (column.text) setText(cell, column.text(row));
    });
  }

  #showEmpty() {
    const none = this.#shown.length === 0;
    this.#empty.hidden = !none;
    if (none) {
      setText(this.#empty, this.#all.length > 0 && this.filter !== ""
        ? `Nothing here has "${this.filter}". Escape clears the filter.` : this.#options.empty);
    }
  }

  #paint(first, end) {
    const painted = this.#places.filter(({ column }) => column.paint);
    this.#canvas.hidden = painted.length === 0;
    if (painted.length === 0) return;
    const { rowHeight } = this.#options;
    const from = painted[0].left;
    const to = painted.at(-1).left + painted.at(-1).width;
    const context = prepare(this.#canvas, to - from, Math.max(1, (end - first) * rowHeight));
    const top = this.#head.offsetHeight + first * rowHeight;
    this.#canvas.style.transform = `translate(${from}px, ${top}px)`;
    for (let index = first; index < end; ++index) {
      const y = (index - first) * rowHeight;
      for (const { column, left, width } of painted) {
        column.paint(context, this.#shown[index], { x: left - from + 8, y: y + 6,
          width: width - 16, height: rowHeight - 12 });
      }
    }
  }

  /** The row and the place in its cell of a painted column that the pointer is over. */
  rowAt(event) {
    const cell = event.target.closest?.("td.paint");
    if (!cell) return null;
    const row = this.#shown[Number(cell.parentElement.dataset.index)];
    const box = cell.getBoundingClientRect();
    return row && { row, share: (event.clientX - box.left - 8) / (box.width - 16) };
  }

  /** Arrow keys go from one row's link to the next one's. */
  #step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const row = document.activeElement?.closest?.("tbody tr");
    if (!by || !row || event.altKey || event.ctrlKey || event.metaKey) return;
    const index = Number(row.dataset.index) + by;
    if (index < 0 || index >= this.#shown.length) return;
    event.preventDefault();
    const { rowHeight } = this.#options;
    const head = this.#head.offsetHeight;
    const y = index * rowHeight;
    if (y < this.#box.scrollTop) this.#box.scrollTop = y;
    const below = y + rowHeight + head - this.#box.clientHeight;
    if (below > this.#box.scrollTop) this.#box.scrollTop = below;
    this.#layout();
    this.#elements.get(index)?.querySelector("a, button")?.focus({ preventScroll: true });
  }
}

/** The most important columns that have room beside each other. */
function fitting(columns, width) {
  const ranked = [...columns].sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0));
  const kept = new Set();
  let room = width;
  for (const column of ranked) {
    room -= column.width;
    if (room < 0 && column.rank) break;
    kept.add(column);
  }
  return columns.filter((column) => kept.has(column));
}

function compare(a, b, sign) {
  const [noA, noB] = [a === null || a === undefined, b === null || b === undefined];
  if (noA || noB) return noA - noB;
  if (a === b) return 0;
  if (typeof a === "string") return sign * (a < b ? -1 : 1);
  return sign * (a - b);
}
