/** Compares the observation of an endpoint with its declaration. */
import type { FieldType } from '../../extractors/stream.ts';
import { isFieldName, type Kind, type Kinds, kindsText } from './kinds.ts';
import type { Observation } from './observe.ts';
import type { ProbeRow } from './probe-row.ts';

const SHAPES = {
  page: 'pages',
  pageToken: 'pages by token',
  array: 'a list',
  object: 'an object',
  any: 'any form',
} as const;

/** Kinds of values that a field of a type may have; null always. */
const FITTING: Readonly<Record<FieldType, readonly Kind[] | undefined>> = {
  text: ['text', 'long id', 'short id', 'inode id', 'digits', 'time'],
  integer: ['number'],
  number: ['number'],
  boolean: ['boolean'],
  timestamp: ['time'],
  json: undefined,
};

/** A row for the endpoint, and one for each way in which its fields are not those of the declaration. */
export function endpointRows(seen: Observation): ProbeRow[] {
  const { endpoint, entries } = seen;
  const row = { id: 'endpoint', fact: endpoint.path, expected: SHAPES[endpoint.paging] };
  const statuses = `answers ${kindsText(seen.statuses)}`;
  if (seen.pages === 0) {
    const isRefused = [...seen.statuses.keys()].every((status) => status === '403');
    const means = Object.keys(endpoint.refusals ?? {});
    const isDeclared = [...seen.statuses.keys()].every((status) => means.includes(status));
    return [{ ...row, seen: statuses, outcome: isRefused || isDeclared ? 'not seen' : 'differs' }];
  }
  const others = seen.statuses.size > 1 ? `; ${statuses}` : '';
  const shape = shapeOf(seen);
  return [
    {
      ...row,
      seen: `${shape}, ${entries} entries${others}`,
      outcome: shape === row.expected ? 'as expected' : 'differs',
    },
    ...fieldRows(seen),
  ];
}

function shapeOf({ endpoint, bare, beside }: Observation): string {
  if (bare > 0) return SHAPES.array;
  if (endpoint.paging === 'object') return SHAPES.object;
  // The last page of one by tokens names none.
  if (beside.has('nextPageToken')) return SHAPES.pageToken;
  if (beside.has('nextPage')) return SHAPES.page;
  return endpoint.paging === 'pageToken' ? SHAPES.pageToken : 'entries without a next page';
}

/** End of the fact that an endpoint has fields beyond the declared ones. */
export const NEW_FIELDS = 'fields that are new';
/** So many new fields are reported by name; more are the keys of something else. */
const MOST_NAMES = 30;

function fieldRows({ stream, endpoint, entries, fields, used }: Observation): ProbeRow[] {
  if (entries === 0) return [];
  const columns = stream.columns.filter(({ from, derive }) => from === 'field' && derive === undefined);
  const declared = new Map(columns.map(({ source, type }) => [source, type]));
  // Values from the path or query need not come again; one source may name values that another does not have.
  const asked = new Set(stream.columns.filter(({ from }) => from === 'param').map(({ source }) => source));
  const found: ProbeRow[] = [];
  const tell = (fact: string, names: readonly string[], outcome: ProbeRow['outcome']): void => {
    if (names.length === 0) return;
    const row = { id: 'fields', fact: `${endpoint.path}: ${fact}`, expected: 'none' };
    found.push({ ...row, seen: names.join(', '), outcome });
  };
  const isKnown = (name: string): boolean => declared.has(name) || asked.has(name) || used.has(name);
  const more = [...fields].filter(([name]) => !isKnown(name));
  const shown = (more.length > MOST_NAMES ? [] : more)
    .filter(([name]) => isFieldName(name))
    .map(([name, kinds]) => `${name} (${kindNames(kinds)})`);
  const hidden = more.length - shown.length;
  tell(NEW_FIELDS, [...shown, ...(hidden > 0 ? [`${hidden} with other names`] : [])], 'differs');
  const gone = [...declared.keys()].filter((name) => !fields.has(name));
  tell('fields that never came', gone, 'not seen');
  const wrong = [...declared].filter(([name, type]) => !fits(type, fields.get(name)));
  tell(
    'fields of another type',
    wrong.map(([name, type]) => `${name} (${type}: ${kindNames(fields.get(name))})`),
    'differs',
  );
  return found;
}

function fits(type: FieldType, kinds: Kinds | undefined): boolean {
  const able = FITTING[type];
  return (
    able === undefined || [...(kinds?.keys() ?? [])].every((kind) => kind === 'null' || able.includes(kind))
  );
}

function kindNames(kinds: Kinds | undefined): string {
  return [...(kinds?.keys() ?? [])].sort().join(', ');
}
