/** The Singer catalog: what can be sent, and what of it a catalog of the user selects. */
import { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { EmittedColumn, EmittedTable, EmittedType } from './emitted-table.ts';
import { checkDocument, readJson } from './read-document.ts';

/** Field of a row that says when it was deleted, as Singer's targets know it. */
export const SDC_DELETED_AT = '_sdc_deleted_at';

const breadcrumbMetadata = z.looseObject({
  breadcrumb: z.array(z.string()),
  metadata: z.looseObject({ selected: z.boolean().nullish(), 'selected-by-default': z.boolean().nullish() }),
});

const catalogDocument = z.looseObject({
  streams: z.array(
    z.looseObject({
      tap_stream_id: z.string().optional(),
      stream: z.string().optional(),
      selected: z.boolean().nullish(),
      schema: z.looseObject({ selected: z.boolean().nullish() }).optional(),
      metadata: z.array(breadcrumbMetadata).optional(),
    }),
  ),
});

type CatalogStream = z.output<typeof catalogDocument>['streams'][number];

const TYPES: Readonly<Record<EmittedType, Readonly<Record<string, unknown>>>> = {
  text: { type: ['null', 'string'] },
  integer: { type: ['null', 'integer'] },
  number: { type: ['null', 'number'] },
  boolean: { type: ['null', 'boolean'] },
  timestamp: { type: ['null', 'string'], format: 'date-time' },
  date: { type: ['null', 'string'], format: 'date' },
  json: { type: ['null', 'string'], contentMediaType: 'application/json' },
};

/** JSON schema of a table's rows. Columns of the key are never null. */
export function singerSchema({ key, columns }: EmittedTable): object {
  const property = ({ name, type, description }: EmittedColumn): [string, object] => {
    const schema = TYPES[type];
    const required = key.includes(name)
      ? { type: (schema['type'] as string[]).filter((t) => t !== 'null') }
      : {};
    return [name, { ...schema, ...required, description }];
  };
  const deleted = { ...TYPES.timestamp, description: 'When the row was deleted; null where it is live' };
  return {
    type: 'object',
    additionalProperties: false,
    properties: { ...Object.fromEntries(columns.map(property)), [SDC_DELETED_AT]: deleted },
  };
}

/**
 * Columns of the key, and ours, which begin with an underscore: a time or a number in each row keeps target-duckdb 0.8.0
 * from taking the first row of texts for a header.
 */
const isAlwaysSent = ({ key }: EmittedTable, column: string): boolean =>
  key.includes(column) || column.startsWith('_');

/** The catalog of all tables; those of `selected` are selected by default. */
export function singerCatalog(tables: readonly EmittedTable[], selected: ReadonlySet<string>): object {
  return {
    streams: tables.map((table) => ({
      tap_stream_id: table.name,
      stream: table.name,
      key_properties: table.key,
      schema: singerSchema(table),
      replication_method: 'INCREMENTAL',
      metadata: [
        {
          breadcrumb: [],
          metadata: {
            'table-key-properties': table.key,
            'forced-replication-method': 'INCREMENTAL',
            inclusion: 'available',
            'selected-by-default': selected.has(table.name),
          },
        },
        ...table.columns.map(({ name }) => ({
          breadcrumb: ['properties', name],
          metadata: {
            inclusion: isAlwaysSent(table, name) ? 'automatic' : 'available',
            'selected-by-default': true,
          },
        })),
      ],
    })),
  };
}

/**
 * The tables that a catalog selects, with the columns it selects beside those that are always sent. A catalog that selects
 * nothing by name selects what is selected by default.
 *
 * @throws ConfigError where it is no catalog, or selects a stream or a column that is not there.
 */
export function selectByCatalog(
  text: string,
  tables: readonly EmittedTable[],
  selected: ReadonlySet<string>,
): EmittedTable[] {
  const byName = new Map(tables.map((table) => [table.name, table]));
  const catalog = checkDocument(readJson(text, WORDING), catalogDocument, WORDING);
  return catalog.streams.flatMap((entry) => {
    const name = entry.tap_stream_id ?? entry.stream ?? '';
    const table = byName.get(name);
    if (!isSelected(entry, [], selected.has(name))) return [];
    if (table === undefined)
      throw new ConfigError(`The catalog selects "${name}", which is not a stream.`, {
        advice: 'Run discover again: a new catalog has the current streams.',
      });
    const columns = table.columns.filter(
      ({ name: column }) => isAlwaysSent(table, column) || isSelected(entry, ['properties', column], true),
    );
    return [{ ...table, columns }];
  });
}

const WORDING = {
  noJson: 'The catalog is not JSON.',
  wrong: 'The catalog is not a Singer catalog',
  advice: 'Run discover again, and use that file.',
};

function isSelected(entry: CatalogStream, breadcrumb: readonly string[], byDefault: boolean): boolean {
  const of = (entry.metadata ?? []).find(
    (one) => one.breadcrumb.join('\0') === breadcrumb.join('\0'),
  )?.metadata;
  const older = breadcrumb.length === 0 ? (entry.selected ?? entry.schema?.selected) : undefined;
  return of?.selected ?? older ?? of?.['selected-by-default'] ?? byDefault;
}
