/** Rows of which there may be more than are read: each says how many there are. */

/** A row that says how many there are in all. */
export type Counted<T> = T & { readonly total: number };

/** The column of {@link Counted}. */
export const TOTAL = '(count(*) over ())::integer as total';

/** How many there are, of which these are some. */
export const totalOf = (rows: readonly { readonly total: number }[]): number => rows[0]?.total ?? 0;

/** A part of them, in an order that parts keep. */
export interface Part {
  readonly limit: number;
  readonly offset: number;
}
