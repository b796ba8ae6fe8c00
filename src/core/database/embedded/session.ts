/** A session over an engine. */
import { ANSWER_PARSERS } from '../answer.ts';
import { type CopyFrom, copyStatement, type Row, type Session } from '../database.ts';
import { describeStatement, toDatabaseError } from '../database-error.ts';
import type { Engine, Result } from './engine.ts';

/** The oids of json and jsonb. */
const JSON_TYPES = [114, 3802] as const;
const ANSWER_TYPES = Object.keys(ANSWER_PARSERS).map(Number);

/** Bytes of a COPY, roughly. */
const BLOCK_BYTES = 4 << 20;

/** The one session that an engine has. */
export function toSession(engine: Engine): Session {
  const ask = (sql: string, parameters: readonly unknown[]): Promise<Result> =>
    engine.run({ sql, parameters, asText: JSON_TYPES });

  const copy = async (statement: string, into: string, blob: readonly Uint8Array[]): Promise<number> => {
    try {
      return (await engine.run({ sql: statement, parameters: [], asText: [], blob })).affected ?? 0;
    } catch (error) {
      throw toDatabaseError(error, `copying into ${into.split(' ')[0]}`);
    }
  };

  return {
    async query<T extends Row>(sql: string, parameters: readonly unknown[] = []) {
      try {
        return toRows<T>(await ask(sql, parameters));
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async queryForeign(sql) {
      try {
        // It takes one statement at a time by itself.
        const { columns, rows } = await engine.run({ sql, parameters: [], asText: ANSWER_TYPES });
        const parsers = columns.map(({ type }) => ANSWER_PARSERS[type]);
        return {
          columns: columns.map(({ name }) => name),
          rows: rows.map((row) => row.map((value, at) => read(value, parsers[at]))),
        };
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async copyIn(target, chunks) {
      const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
      await copy(`copy ${target} from '/dev/blob'`, target, bytes);
    },
    copyFrom: (given, source) => copyInBlocks(given, source, copy),
  };
}

/** Its COPY takes a whole file, so a stream is several of them. */
async function copyInBlocks(
  given: CopyFrom,
  source: AsyncIterable<Uint8Array>,
  copy: (statement: string, into: string, blob: readonly Uint8Array[]) => Promise<number>,
): Promise<number> {
  const statement = copyStatement(given, "'/dev/blob'");
  let block: Uint8Array[] = [];
  let bytes = 0;
  let rows = 0;
  const flush = async (): Promise<void> => {
    const full = block;
    block = [];
    bytes = 0;
    rows += await copy(statement, given.into, full);
  };
  for await (const chunk of source) {
    // The source may reuse the memory of its chunk.
    block.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes >= BLOCK_BYTES) await flush();
  }
  if (bytes > 0) await flush();
  return rows;
}

type Parser = (text: string) => unknown;

function read(value: unknown, parse: Parser | undefined): unknown {
  return parse !== undefined && typeof value === 'string' ? parse(value) : value;
}

function toRows<T extends Row>({ columns, rows }: Result): T[] {
  const names = columns.map(({ name }) => name);
  const parsers = columns.map(({ type }) =>
    JSON_TYPES.some((json) => json === type) ? (JSON.parse as Parser) : undefined,
  );
  return rows.map((row) => {
    const named: Row = {};
    for (const [at, name] of names.entries()) named[name] = read(row[at], parsers[at]);
    return named as T;
  });
}
