/** Brings what is stored in line with the privacy settings before a run loads anything. */
import type { Lock } from '../database/database.ts';
import { LockedError } from '../errors.ts';
import { applyPrivacy, pendingSteps } from '../privacy/apply.ts';
import { runLock } from '../state/lock.ts';
import type { SyncEngine, SyncOptions } from './context.ts';

/**
 * A backfill has no lock on the syncs, and must not rewrite rows under one that still follows other settings: it takes
 * their lock for as long as the rewriting lasts.
 *
 * @throws LockedError, DatabaseError, InterruptedError
 */
export async function preparePrivacy(
  engine: SyncEngine,
  options: SyncOptions,
  stop: AbortSignal,
  lock: Lock,
): Promise<void> {
  const { database, schemas, catalogue: streams, privacy, events } = engine;
  if (privacy === undefined) return;
  const context = { database, schemas, streams, privacy };
  const signal = AbortSignal.any([options.signal, stop]);
  if (options.command !== 'backfill') return applyPrivacy(context, events, signal);
  if ((await pendingSteps(context)).length === 0) return;
  const release = await lock.tryAlso(runLock(schemas));
  if (release === undefined) {
    throw new LockedError('The privacy settings changed, and a run is under way that follows the old ones.', {
      advice: 'Wait for it to end and start the backfill again.',
    });
  }
  try {
    await applyPrivacy(context, events, signal);
  } finally {
    await release();
  }
}
