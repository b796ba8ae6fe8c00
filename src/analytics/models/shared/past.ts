/** Rows of tables as of an earlier time that meet a condition, without the others: what `…_as_of()` gives whole. */
import type { Names } from '../../model.ts';

/** Streams that can be asked for, with their keys. */
const KEYS = {
  members: ['member_id'],
  teams: ['team_id'],
  team_members: ['team_id', 'member_id'],
  files: ['id'],
  workbooks: ['workbook_id'],
  reports: ['report_id'],
  data_models: ['data_model_id'],
  datasets: ['dataset_id'],
  workspaces: ['workspace_id'],
  grants: ['grant_id'],
  workspace_grants: ['grant_id'],
} as const;

/** A stream that can be asked for. */
export type PastStream = keyof typeof KEYS;
/** Those that credentials may not read, or whose history is shorter than that of the others: then they are left out. */
export const OPTIONAL_STREAMS: readonly PastStream[] = [
  ...(['workspace_grants', 'reports', 'data_models', 'datasets', 'workspaces'] as const),
];
export const PAST_STREAMS = Object.keys(KEYS) as PastStream[];

/** CTEs of what changed after `at`: for each stream the first change of each key, and what the row was before it. */
export function changedSince(names: Names, at: string): string {
  return PAST_STREAMS.map(
    (stream) => `${stream}_later as materialized (
  select c.change_id, c.key, c.operation, c.before
    from ${names.state('changes')} c where c.stream = '${stream}' and c.changed_at > ${at}
), ${stream}_first as materialized (
  select f.key, f.operation, b.image
    from (select distinct on (l.key) l.key, l.operation from ${stream}_later l order by l.key, l.change_id) f
    left join (select l.key, jsonb_object_agg(e.key, e.value order by l.change_id desc) as image
                 from ${stream}_later l cross join lateral jsonb_each(l.before - '_raw') e
                group by l.key) b on b.key = f.key
)`,
  ).join(', ');
}

/**
 * The FROM item: rows as of then. Needs the CTEs of {@link changedSince}.
 *
 * @param meets the condition on a row, by its name.
 */
export function past(names: Names, stream: PastStream, meets: (row: string) => string): string {
  const table = names.raw(stream);
  const key = KEYS[stream].map((column, i) => `t.${column} = l.key[${i + 1}]`).join(' and ');
  return `(
    select t.* from ${table} t
     where t._deleted_at is null and ${meets('t')} and not exists (select from ${stream}_first l where ${key})
    union all
    select r.*
      from ${stream}_first l
      join ${table} t on ${key}
     cross join lateral jsonb_populate_record(t, coalesce(l.image, '{}') || '{"_deleted_at": null}') r
     where l.operation <> 'insert' and ${meets('r')})`;
}
