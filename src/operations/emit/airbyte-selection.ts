/** What a configured catalog of Airbyte selects. */
import { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { EmittedTable } from './emitted-table.ts';
import { checkDocument, readJson } from './read-document.ts';

const configured = z.looseObject({
  streams: z.array(
    z.looseObject({
      stream: z.looseObject({ name: z.string() }),
      sync_mode: z.enum(['full_refresh', 'incremental']),
    }),
  ),
});

/** Tables of a configured catalog. */
export interface AirbyteSelection {
  readonly tables: readonly EmittedTable[];
  /** Streams of which every row is wanted, whatever was sent before. */
  readonly whole: ReadonlySet<string>;
}

const WORDING = {
  noJson: 'The catalog is not JSON.',
  wrong: 'The catalog is not a configured catalog',
  advice: 'Run discover again, and configure that catalog.',
};

/** @throws ConfigError where it is no configured catalog, or selects a stream that is not there. */
export function selectByAirbyte(text: string, tables: readonly EmittedTable[]): AirbyteSelection {
  const { streams } = checkDocument(readJson(text, WORDING), configured, WORDING);
  const selected = streams.map(({ stream: { name } }) => {
    const table = tables.find((one) => one.name === name);
    if (table === undefined)
      throw new ConfigError(`The catalog selects "${name}", which is not a stream.`, {
        advice: 'Run discover again: a new catalog has the current streams.',
      });
    return table;
  });
  const whole = streams.filter(({ sync_mode }) => sync_mode === 'full_refresh');
  return { tables: selected, whole: new Set(whole.map(({ stream }) => stream.name)) };
}
