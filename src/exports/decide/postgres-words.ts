/**
 * Words that PostgreSQL does not take as the name of a column unless they are quoted.
 *
 * Key words are those of the categories R (reserved) and T (reserved, but a function or type may have the name) of
 * `pg_get_keywords()` in PostgreSQL 18; older versions reserve the same or fewer. A test asks the database in use.
 */
const RESERVED = `
  all analyse analyze and any array as asc asymmetric both case cast check collate column constraint create
  current_catalog current_date current_role current_time current_timestamp current_user default deferrable desc
  distinct do else end except false fetch for foreign from grant group having in initially intersect into lateral
  leading limit localtime localtimestamp not null offset on only or order placing primary references returning
  select session_user some symmetric system_user table then to trailing true union unique user using variadic when
  where window with
  authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull join left like
  natural notnull outer overlaps right similar tablesample verbose`;

/** Columns that every table has: another of that name is refused. */
const SYSTEM_COLUMNS = 'ctid xmin xmax cmin cmax tableoid';

/** Names that can't be a column's without quotes, or at all. */
export const POSTGRES_WORDS: ReadonlySet<string> = new Set(
  `${RESERVED} ${SYSTEM_COLUMNS}`.trim().split(/\s+/),
);
