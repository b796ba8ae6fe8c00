/** Objects of any kind, by the listing of files and by those that may have more: what has a name, an owner and access. */
import { DOCUMENTS } from './documents.ts';

type Column = 'path' | 'owner_id' | 'is_archived' | 'updated_at';

/** A listing of objects. */
interface Listing {
  readonly type: string;
  readonly rows: string;
  readonly id: string;
  /** The columns of a row of it. */
  readonly columns: readonly Column[];
}

const COLUMNS: readonly Column[] = ['path', 'owner_id', 'is_archived', 'updated_at'];

const LISTINGS: readonly Listing[] = [
  ...DOCUMENTS.map(({ type, rows, id }) => ({ type, rows, id, columns: COLUMNS })),
  { type: 'dataset', rows: 'datasets', id: 'dataset_id', columns: COLUMNS },
  { type: 'workspace', rows: 'workspaces', id: 'workspace_id', columns: ['updated_at'] },
];

/** Streams that {@link allObjects} and {@link namesOf} read. */
export const OBJECT_INPUTS = ['files', ...LISTINGS.map(({ rows }) => rows)];

/** The FROM item for the rows of a stream. */
type From = (stream: string) => string;

/**
 * Every object once, as the listing of files has it or else its own: a SELECT of inode_id, type, name, path, owner_id,
 * is_archived, updated_at, url_id (the short id) and parent_id.
 *
 * @param from `names.live`, or `names.raw` for what is gone as well.
 * @param more of a row, by its alias: columns that follow.
 */
export function allObjects(from: From, more: (row: string) => string = () => ''): string {
  const own = LISTINGS.map(({ type, rows, id, columns }) => {
    const known = COLUMNS.map((column) => (columns.includes(column) ? `r.${column}` : 'null'));
    return `select r.${id}, '${type}', r.name, ${known.join(', ')}, r.${id.replace(/_id$/, '_url_id')}, null${more('r')}
      from ${from(rows)} r where not exists (select from ${from('files')} f where f.id = r.${id})`;
  });
  return [
    `select f.id as inode_id, f.type, f.name, ${COLUMNS.map((column) => `f.${column}`).join(', ')}, f.url_id, f.parent_id${more('f')}
      from ${from('files')} f`,
    ...own,
  ].join('\n    union all\n    ');
}

/**
 * The name of an object as an expression. Unlike {@link namesOf} it joins nothing, so a statement that keeps a few rows looks up no
 * other names, and is planned in a moment.
 *
 * @param id the expression of its id.
 */
export function nameOf(from: From, id: string): string {
  const all = [{ rows: 'files', id: 'id' }, ...LISTINGS];
  return `coalesce(${all.map((one) => `(select o.name from ${from(one.rows)} o where o.${one.id} = ${id})`).join(', ')})`;
}

/**
 * Ids of deleted objects: a SELECT of `id`. An object may be gone from one listing and still be in another.
 *
 * @param raw `names.raw`.
 */
export function tombstones(raw: From): string {
  const listed = [{ rows: 'files', id: 'id' }, ...LISTINGS].map(
    ({ rows, id }) => `select r.${id} as id, r._deleted_at from ${raw(rows)} r`,
  );
  return `select a.id from (
    ${listed.join('\n    union all\n    ')}
  ) a group by a.id having bool_and(a._deleted_at is not null)`;
}

/** Objects with names from elsewhere than a listing. */
interface ObjectNames {
  readonly joins: string;
  readonly type: string;
  readonly name: string;
  readonly path: string;
  readonly isArchived: string;
}

/**
 * Joins that name an object, and expressions over them. Unlike {@link allObjects} they look up one id in each index.
 *
 * @param id the expression of its id.
 */
export function namesOf(from: From, id: string): ObjectNames {
  const all = [{ rows: 'files', id: 'id', columns: COLUMNS }, ...LISTINGS];
  const first = (column: Column | 'name'): string =>
    `coalesce(${all
      .filter(({ columns }) => column === 'name' || columns.includes(column))
      .map(({ rows }) => `of_${rows}.${column}`)
      .join(', ')})`;
  return {
    joins: all
      .map((one) => `\n  left join ${from(one.rows)} of_${one.rows} on of_${one.rows}.${one.id} = ${id}`)
      .join(''),
    type: 'of_files.type',
    name: first('name'),
    path: first('path'),
    isArchived: first('is_archived'),
  };
}
