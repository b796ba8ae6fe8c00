/** The thread of an embedded database: opens it, then runs one statement after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PGlite } from '@electric-sql/pglite';
import { engineOver, type Request, type Result } from './engine.ts';
import { makePGlite, openPGlite } from './lean-pglite.ts';

/** Arguments that start the thread. */
export interface Opening {
  /** Folder of the files. */
  readonly dataDir: string;
  /** The database is made, in an empty folder, and not opened. */
  readonly isNew?: boolean;
}

/** Messages to the thread. */
export type Asked = Request | 'close';

/** Messages from the thread: first that the database is open or made, then an answer to each request. */
export type Said =
  | { readonly result: Result | undefined; readonly state: State | undefined }
  | { readonly failure: Failed; readonly state: State | undefined };

/** The state of the thread's session. */
export interface State {
  readonly isInTransaction: boolean;
  /** `statement_timeout`, which PGlite accepts and does not apply; 0 = none. */
  readonly timeoutMs: number;
}

/** An error, as it goes from one thread to another. */
export interface Failed {
  readonly message: string;
  /** `code`, `detail` and whatever else it holds as text. */
  readonly fields: Readonly<Record<string, string>>;
  /** The words of PGlite on why a database could not be opened. */
  readonly said?: string | undefined;
  /** The engine is not to be used any more. */
  readonly isFatal: boolean;
}

/** Statements after which the limit may be another. */
const LIMIT = /statement_timeout/i;
const END = /^\s*(commit|rollback|end|abort)\b/i;

const LIMIT_NOW = `select setting::int from pg_catalog.pg_settings where name = 'statement_timeout'`;

async function serve(port: NonNullable<typeof parentPort>, { dataDir, isNew }: Opening): Promise<void> {
  let said: string | undefined;
  const onStderr = (text: string): boolean => {
    const [, level, words] = /(FATAL|PANIC|DETAIL): *(.*)/.exec(text) ?? [];
    if (words !== undefined) said = level === 'DETAIL' ? `${said ?? ''} ${words}`.trim() : words;
    return true;
  };
  const tell = (message: Said): void => port.postMessage(message);
  const failed = (error: unknown): Failed => ({ ...toFailed(error), said });

  let pglite: PGlite;
  let timeoutMs = 0;
  let mayEnd = false;
  const state = (): State => ({ isInTransaction: pglite.isInTransaction(), timeoutMs });
  const readLimit = async (): Promise<void> => {
    const { rows } = await pglite.query<[number]>(LIMIT_NOW, [], { rowMode: 'array' });
    timeoutMs = rows[0]?.[0] ?? 0;
  };

  try {
    if (isNew === true) {
      await makePGlite(dataDir);
      tell({ result: undefined, state: undefined });
      return port.close();
    }
    pglite = await openPGlite(dataDir, { onStderr });
    await readLimit();
  } catch (error) {
    tell({ failure: failed(error), state: undefined });
    return port.close();
  }
  const engine = engineOver(pglite);

  /** A limit that was set holds until it is set again or its transaction ends. */
  async function follow(sql: string): Promise<void> {
    const isSet = LIMIT.test(sql);
    if (!isSet && !(mayEnd && END.test(sql))) return;
    mayEnd = isSet;
    // In a transaction that failed nothing can be asked, and nothing was changed.
    await readLimit().catch(() => undefined);
  }

  port.on('message', async (asked: Asked) => {
    try {
      if (asked === 'close') {
        await engine.close();
        tell({ result: undefined, state: { isInTransaction: false, timeoutMs } });
        return port.close();
      }
      const result = await engine.run(asked);
      await follow(asked.sql);
      tell({ result, state: state() });
    } catch (error) {
      if (asked !== 'close') await follow(asked.sql);
      tell({ failure: failed(error), state: state() });
    }
  });
  tell({ result: undefined, state: state() });
}

/** Only texts: others, such as the parsers of a query, can't leave the thread. */
function toFailed(error: unknown): Failed {
  const fields: Record<string, string> = {};
  const isError = error instanceof Error;
  for (const [name, value] of Object.entries(isError ? error : {})) {
    if (typeof value === 'string' && name !== 'query') fields[name] = value;
  }
  return {
    message: isError ? error.message : String(error),
    fields,
    // A trap of WebAssembly, whose types come with browsers only.
    isFatal: isError && error.name === 'RuntimeError',
  };
}

if (parentPort !== null) await serve(parentPort, workerData as Opening);
