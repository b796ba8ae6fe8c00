/** The engine of an embedded database runs its statements: PGlite in this thread, or in one of its own. */
import type { PGlite } from '@electric-sql/pglite';

/** One statement. */
export interface Request {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** Types, by oid, whose values are handed over as the database writes them. */
  readonly asText: readonly number[];
  /** The content of `/dev/blob` for the statement. */
  readonly blob?: readonly Uint8Array[];
}

/** Its answer. */
export interface Result {
  readonly columns: readonly { readonly name: string; readonly type: number }[];
  /** A value per column. */
  readonly rows: readonly (readonly unknown[])[];
  readonly affected: number | undefined;
}

/** Runs statements, one at a time. */
export interface Engine {
  /** @throws Error as the database gives it, with `code`; without a code where the engine itself failed. */
  run(request: Request): Promise<Result>;
  /**
   * Brings to the disk what it wrote so far, beside statements, so that a checkpoint has little left of that.
   *
   * @throws Error where the disk refused; the engine ended then.
   */
  settle?(): Promise<void>;
  /** Ends what a session left behind, such as a transaction that broke with its engine. */
  endSession(): void;
  close(): Promise<void>;
}

/** A running PGlite as an engine. Its statements hold up this thread. */
export function engineOver(pglite: PGlite): Engine {
  return {
    async run({ sql, parameters, asText, blob }) {
      const { fields, rows, affectedRows } = await pglite.query<unknown[]>(sql, [...parameters], {
        rowMode: 'array',
        parsers: Object.fromEntries(asText.map((type) => [type, asWritten])),
        ...(blob === undefined
          ? {}
          : {
              blob: new Blob(blob.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))),
            }),
      });
      const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      return { columns, rows, affected: affectedRows };
    },
    endSession: () => undefined,
    async close() {
      if (!pglite.closed) await pglite.close();
    },
  };
}

function asWritten(text: string): string {
  return text;
}
