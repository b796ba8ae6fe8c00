/** What a configured catalog of Airbyte selects. */
import { z } from 'zod';
import { ConfigError } from '../../core/errors.ts';
import type { EmittedTable } from './emitted-table.ts';

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

/** @throws ConfigError where it is no configured catalog, or selects a stream that is not there. */
export function selectByAirbyte(text: string, tables: readonly EmittedTable[]): AirbyteSelection {
  const parsed = configured.safeParse(jsonOf(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new ConfigError(
      `The catalog is no configured one: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong'}.`,
      { advice: 'Discover again, and configure that catalog.' },
    );
  }
  const { streams } = parsed.data;
  const selected = streams.map(({ stream: { name } }) => {
    const table = tables.find((one) => one.name === name);
    if (table === undefined)
      throw new ConfigError(`The catalog selects "${name}", which is no stream.`, {
        advice: 'Discover again: a new catalog has the streams there are.',
      });
    return table;
  });
  const whole = streams.filter(({ sync_mode }) => sync_mode === 'full_refresh');
  return { tables: selected, whole: new Set(whole.map(({ stream }) => stream.name)) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
