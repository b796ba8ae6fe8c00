/** Rows of an export that are not stored: each is named, and none is left out in silence. */

/** Rejected rows that are reported one by one. */
const MOST_REJECTIONS = 100;

/** A row that is not stored. */
export interface Rejection {
  readonly row: number;
  /** Label of the column to blame; null where it is the row as a whole. */
  readonly column: string | null;
  readonly reason: string;
}

/** Counts rejected rows and keeps the first ones. */
export class Rejections {
  readonly first: Rejection[] = [];
  count = 0;
  add(rejection: Rejection): void {
    this.count++;
    if (this.first.length < MOST_REJECTIONS) this.first.push(rejection);
  }

  /** Adds those of a part. */
  addFrom({ first, count }: Rejections): void {
    for (const rejection of first) this.add(rejection);
    this.count += count - first.length;
  }

  /** Adds rows that the database left out, as `rejectSql` gives them. */
  addAll({ count, first }: RejectedRows, column: string, reason: string): void {
    for (const row of first ?? []) this.add({ row: Number(row), column, reason });
    this.count += count - (first ?? []).length;
  }
}

/** Number of rows left out, and the numbers of the first ones. */
export interface RejectedRows extends Record<string, unknown> {
  readonly count: number;
  readonly first: readonly string[] | null;
}

/** Deletes staged rows; there may be millions of them. Gives one row of {@link RejectedRows}. */
export function rejectSql(table: string, condition: string): string {
  return `/* leaving out rows that cannot be stored */
    with gone as (delete from ${table} where ${condition} returning _row_number)
    select count(*)::integer as count,
           (select array_agg(n::text order by n)
              from (select _row_number as n from gone order by 1 limit ${MOST_REJECTIONS}) f) as first
      from gone`;
}
