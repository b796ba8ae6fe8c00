/** Brings what is stored in line with the privacy settings, before a run loads anything. */
import { type Database, quoteTable } from '../../core/database/database.ts';
import type { EventBus } from '../../core/events/bus.ts';
import type { Stream } from '../../extractors/stream.ts';
import { noteAllRewritten } from '../../state/rewrites.ts';
import type { Schemas } from '../../state/schemas.ts';
import { NOTHING_APPLIED, readApplied, type Step, stepBetween, writeApplied } from './applied.ts';
import { NOTHING_HIDDEN, type Privacy } from './compile-privacy.ts';
import { hideAddresses } from './error-texts.ts';
import { rewriteLog, rewriteRows } from './rewrite.ts';

/** Dependencies of applying privacy settings. */
export interface ApplyContext {
  readonly database: Database;
  readonly schemas: Schemas;
  readonly streams: readonly Stream[];
  readonly privacy: Privacy;
}

/**
 * Applies all changes since the last call, with one transaction per stream. It rewrites rows and log entries. If the
 * value that is wanted now is not stored, it forgets the stream's cursors, so that the stream is read again. Call it
 * only while holding the run's lock. If a call is cut off, the next call does the rest.
 *
 * @throws DatabaseError; the signal's reason.
 */
export async function applyPrivacy(
  context: ApplyContext,
  events: EventBus,
  signal: AbortSignal,
): Promise<void> {
  for (const { stream, step } of await pendingSteps(context)) {
    const { rows, changes } = await applyStep(context, stream, step, signal);
    if (step.rekeyed || step.tightened.length > 0)
      events.emit('privacy.rewritten', { stream: stream.name, rules: step.tightened, rows, changes });
    if (step.reread.length > 0) events.emit('privacy.reread', { stream: stream.name, rules: step.reread });
  }
}

/** Streams whose rows do not comply with the settings (yet), in the order of the catalogue. @throws DatabaseError */
export async function pendingSteps(context: ApplyContext): Promise<{ stream: Stream; step: Step }[]> {
  const { database, schemas, streams, privacy } = context;
  const applied = await readApplied(database, schemas);
  return streams.flatMap((stream) => {
    const rules = privacy.of(stream.name)?.rules ?? {};
    const step = stepBetween(applied.get(stream.name) ?? NOTHING_APPLIED, rules, privacy.keyId);
    return step === undefined ? [] : [{ stream, step }];
  });
}

async function applyStep(
  { database, schemas, privacy: all }: ApplyContext,
  stream: Stream,
  step: Step,
  signal: AbortSignal,
): Promise<{ rows: number; changes: number }> {
  const privacy = all.of(stream.name);
  return database.transaction(async (session) => {
    let counts = { rows: 0, changes: 0 };
    if (step.rekeyed || step.tightened.length > 0) {
      const context = {
        ...{ session, schemas, stream, privacy: privacy ?? NOTHING_HIDDEN, signal },
        ...{ hash: all.hash, purge: step.rekeyed },
      };
      counts = { rows: await rewriteRows(context), changes: await rewriteLog(context) };
      if (counts.rows > 0) await noteAllRewritten(session, schemas, stream.name);
    }
    if (stream.name === 'members' && step.tightened.includes('email')) await hideAddresses(session, schemas);
    if (step.reread.length > 0) {
      await session.query(`delete from ${quoteTable(schemas.state, 'partitions')} where stream = $1`, [
        stream.name,
      ]);
    }
    await writeApplied(session, schemas, stream.name, step.result);
    return counts;
  });
}
