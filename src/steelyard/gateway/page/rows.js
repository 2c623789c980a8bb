// A table of the snapshot: columns by name, rows as arrays.

export class Rows {
  /** @param {{columns: string[], rows: any[][], rows_omitted: number}} raw */
  constructor(raw) {
    this.rows = raw?.rows ?? [];
    this.omitted = raw?.rows_omitted ?? 0;
    /** Where a column is: `row[rows.at.queued]`; an unknown one gives undefined. */
    this.at = Object.fromEntries((raw?.columns ?? []).map((name, i) => [name, i]));
  }

  /** The row whose first column is `name`. */
  find(name) {
    return this.rows.find((row) => row[0] === name);
  }
}
