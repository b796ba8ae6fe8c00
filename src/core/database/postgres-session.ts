/** A session over one connection of node-postgres. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { ANSWER_PARSERS } from './answer.ts';
import { copyStatement, type Row, type Session } from './database.ts';
import { describeStatement, toDatabaseError } from './database-error.ts';

/**
 * The session of a client that is in exclusive use.
 *
 * @param onDone called with each statement that succeeded, and with each that can't be sent twice.
 */
export function toSession(client: pg.PoolClient, onDone: () => void = () => undefined): Session {
  return {
    async query<T extends Row>(sql: string, parameters: readonly unknown[] = []) {
      try {
        const result = await client.query<T>(sql, [...parameters]);
        onDone();
        return result.rows;
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async queryForeign(sql) {
      try {
        // Without parameters the driver sends a text as it is: it may hold several statements, and so a commit.
        const statement = {
          text: sql,
          queryMode: 'extended',
          rowMode: 'array' as const,
          types: ANSWER_TYPES,
        };
        const { fields, rows } = await client.query<unknown[]>(statement);
        onDone();
        return { columns: fields.map(({ name }) => name), rows };
      } catch (error) {
        throw toDatabaseError(error, describeStatement(sql));
      }
    },
    async copyIn(target, chunks) {
      try {
        const { from } = await import('pg-copy-streams');
        const stream = client.query(from(`copy ${target} from stdin`));
        await pipeline(Readable.from(inBlocks(chunks)), stream);
        onDone();
      } catch (error) {
        throw toDatabaseError(error, `copying into ${target.split(' ')[0]}`);
      }
    },
    async copyFrom(copy, source) {
      onDone();
      // An error of the source is no trouble of the database.
      let failure: { readonly error: unknown } | undefined;
      async function* watched(): AsyncGenerator<Uint8Array> {
        try {
          yield* source;
        } catch (error) {
          failure = { error };
          throw error;
        }
      }
      try {
        const { from } = await import('pg-copy-streams');
        const stream = client.query(from(copyStatement(copy, 'stdin')));
        await pipeline(Readable.from(watched()), stream);
        return stream.rowCount;
      } catch (error) {
        throw failure === undefined
          ? toDatabaseError(error, `copying into ${copy.into.split(' ')[0]}`)
          : failure.error;
      }
    },
  };
}

const ANSWER_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) => ANSWER_PARSERS[oid] ?? pg.types.getTypeParser(oid, format),
};

/** Bytes in a write to the socket. A write for the rows of each small unit would cost more than the rows. */
const BLOCK_BYTES = 64 << 10;

/** Joins small chunks; large ones go as they are. */
function* inBlocks(chunks: readonly (Uint8Array | string)[]): Generator<Uint8Array> {
  let block: Uint8Array[] = [];
  let bytes = 0;
  for (const given of chunks) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given;
    block.push(chunk);
    bytes += chunk.length;
    if (bytes < BLOCK_BYTES) continue;
    yield block.length === 1 ? chunk : Buffer.concat(block, bytes);
    block = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(block, bytes);
}
