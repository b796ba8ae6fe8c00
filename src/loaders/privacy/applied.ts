/** The rules that were applied to stored rows, and the steps from there to the settings. */
import { type Database, hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../../state/schemas.ts';
import type { Rules } from './compile-privacy.ts';

/** The rules the stored rows of a stream comply with. */
export interface Applied {
  readonly rules: Rules;
  /** Key that its hashes were last made with, though there may be no rule for it any more. */
  readonly keyId: string | undefined;
}

export const NOTHING_APPLIED: Applied = { rules: {}, keyId: undefined };

/** A step that must come before anything is loaded. */
export interface Step {
  /** Rules that stored rows do not comply with. */
  readonly tightened: readonly string[];
  /** Rules that came, went or changed so that what they cover must be read again: its plain value is not here. */
  readonly reread: readonly string[];
  /** Hashes that are stored were made with another key. */
  readonly rekeyed: boolean;
  /** The record to write once the step is done. */
  readonly result: Applied;
}

/** The step from one set of rules to another; undefined if there is nothing to do. Pure. */
export function stepBetween(stored: Applied, rules: Rules, keyId: string | undefined): Step | undefined {
  const names = Object.keys(rules);
  const hashes = names.some((name) => rules[name] === 'hash');
  const hashed = Object.values(stored.rules).includes('hash');
  const rekeyed =
    (hashes || hashed) && keyId !== undefined && stored.keyId !== undefined && stored.keyId !== keyId;
  const tightened = names.filter((name) => {
    const before = stored.rules[name];
    if (rules[name] === 'drop') return before !== 'drop';
    return before === undefined || (before === 'hash' && rekeyed);
  });
  const reread = [...new Set([...names, ...Object.keys(stored.rules)])].filter((name) => {
    if (rules[name] === undefined) return true;
    return rules[name] === 'hash' && (rekeyed || stored.rules[name] === 'drop');
  });
  if (tightened.length + reread.length === 0) return undefined;
  // The last key is remembered without rules, too: rows that were not read again still have its hashes.
  const left = rekeyed ? undefined : stored.keyId;
  return { tightened, reread, rekeyed, result: { rules, keyId: hashes ? keyId : left } };
}

/** The applied rules by stream; nothing if the database is new. @throws DatabaseError */
export async function readApplied(database: Database, schemas: Schemas): Promise<Map<string, Applied>> {
  return database.session(async (session) => {
    if (!(await hasTable(session, schemas.state, 'privacy'))) return new Map();
    const rows = await session.query<{ stream: string; rules: Rules; key_id: string | null }>(
      `select stream, rules, key_id from ${quoteTable(schemas.state, 'privacy')}`,
    );
    return new Map(rows.map(({ stream, rules, key_id: id }) => [stream, { rules, keyId: id ?? undefined }]));
  });
}

/** Writes down what the rows of a stream comply with. @throws DatabaseError */
export async function writeApplied(
  session: Session,
  schemas: Schemas,
  stream: string,
  { rules, keyId }: Applied,
): Promise<void> {
  await session.query(
    `insert into ${quoteTable(schemas.state, 'privacy')} (stream, rules, key_id) values ($1, $2::jsonb, $3)
     on conflict (stream) do update set rules = excluded.rules, key_id = excluded.key_id`,
    [stream, JSON.stringify(rules), keyId ?? null],
  );
}
