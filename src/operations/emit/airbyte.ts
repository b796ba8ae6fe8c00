/** Messages of the Airbyte protocol 0.2, one JSON object a line. */
import { ConfigError, causedBy, describeError, NetworkError, RateLimitError } from '../../core/errors.ts';
import type { EmissionFormat } from './emission.ts';
import { type EmissionState, parseState } from './emission-state.ts';
import type { EmittedTable, EmittedType } from './emitted-table.ts';
import { readJson } from './read-document.ts';
import type { WriteText } from './write-to.ts';

/** Field of a row that says when it was deleted, as Airbyte's destinations know it. */
export const AB_DELETED_AT = '_ab_cdc_deleted_at';

const TYPES: Readonly<Record<EmittedType, Readonly<Record<string, unknown>>>> = {
  text: { type: ['null', 'string'] },
  integer: { type: ['null', 'integer'], airbyte_type: 'integer' },
  number: { type: ['null', 'number'] },
  boolean: { type: ['null', 'boolean'] },
  timestamp: { type: ['null', 'string'], format: 'date-time', airbyte_type: 'timestamp_with_timezone' },
  date: { type: ['null', 'string'], format: 'date' },
  json: { type: ['null', 'string'] },
};

/** JSON schema of a table's rows. */
export function airbyteSchema({ columns }: EmittedTable): object {
  const properties = columns.map(({ name, type, description }) => [name, { ...TYPES[type], description }]);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    type: 'object',
    additionalProperties: true,
    properties: { ...Object.fromEntries(properties), [AB_DELETED_AT]: TYPES.timestamp },
  };
}

/** The CATALOG message: all tables, each whole or incremental by a cursor of its own. */
export function airbyteCatalog(tables: readonly EmittedTable[], namespace: string): object {
  const streams = tables.map((table) => ({
    name: table.name,
    namespace,
    json_schema: airbyteSchema(table),
    supported_sync_modes: ['full_refresh', 'incremental'],
    source_defined_cursor: true,
    source_defined_primary_key: table.key.map((name) => [name]),
    is_resumable: false,
  }));
  return { type: 'CATALOG', catalog: { streams } };
}

/** Rows of one emission, for a destination. */
export function airbyteFormat(write: WriteText, namespace: string, now: () => Date): EmissionFormat {
  const message = (value: object): Promise<void> => write(`${JSON.stringify(value)}\n`);
  const status = (name: string, word: 'STARTED' | 'RUNNING' | 'COMPLETE'): Promise<void> =>
    message({
      type: 'TRACE',
      trace: {
        type: 'STREAM_STATUS',
        emitted_at: now().getTime(),
        stream_status: { stream_descriptor: { name, namespace }, status: word },
      },
    });
  let [current, count] = ['', 0];
  const state = async ({ database, streams }: EmissionState): Promise<void> => {
    const position = streams[current];
    if (position === undefined) return;
    const descriptor = { name: current, namespace };
    const value = { database, streams: { [current]: position } };
    await message({
      type: 'STATE',
      state: {
        type: 'STREAM',
        stream: { stream_descriptor: descriptor, stream_state: value },
        sourceStats: { recordCount: count },
      },
    });
  };
  return {
    deletedField: AB_DELETED_AT,
    async begin({ table }) {
      [current, count] = [table.name, 0];
      await status(table.name, 'STARTED');
    },
    async rows({ table }, rows) {
      if (count === 0) await status(table.name, 'RUNNING');
      count += rows.length;
      const { name } = table;
      const before = `{"type":"RECORD","record":{"stream":${JSON.stringify(name)},"namespace":${JSON.stringify(namespace)},"emitted_at":${now().getTime()},"data":`;
      await write(rows.map((row) => `${before}${row}}}\n`).join(''));
    },
    end: async () => undefined,
    begun: state,
    async state(value) {
      await state(value);
      await status(current, 'COMPLETE');
    },
  };
}

/**
 * Reads the states that a destination gives back: one for each stream, each of them a state of its own.
 *
 * @throws ConfigError where they are none.
 */
export function parseAirbyteState(text: string, from: string): EmissionState | undefined {
  const value = readJson(text, {
    noJson: `${from} has no states of streams.`,
    wrong: `${from} has no states of streams`,
    advice: 'Use the state that Airbyte kept, or none.',
  });
  if (!Array.isArray(value)) return parseState(text, from);
  const states = value.flatMap((one: { stream?: { stream_state?: unknown } }) => {
    const state = one?.stream?.stream_state;
    const parsed =
      state === undefined || state === null ? undefined : parseState(JSON.stringify(state), from);
    return parsed === undefined ? [] : [parsed];
  });
  const [first] = states;
  // A stream of another database is sent whole: it is left out here.
  const same = states.filter(({ database }) => database === first?.database);
  return first === undefined
    ? undefined
    : { database: first.database, streams: Object.assign({}, ...same.map(({ streams }) => streams)) };
}

/** The TRACE message of an error that ends a command. */
export function airbyteError(error: unknown, redact: (text: string) => string, now: Date): object {
  const passes = causedBy(error, NetworkError) || causedBy(error, RateLimitError);
  const kind = causedBy(error, ConfigError) ? 'config_error' : passes ? 'transient_error' : 'system_error';
  const message = redact(describeError(error));
  return {
    type: 'TRACE',
    trace: {
      type: 'ERROR',
      emitted_at: now.getTime(),
      error: { message, internal_message: message, failure_type: kind },
    },
  };
}
