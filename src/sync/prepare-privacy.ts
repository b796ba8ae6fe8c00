/** Brings what is stored in line with the privacy settings before a run loads anything. */
import type { Lock } from '../core/database/database.ts';
import { LockedError } from '../core/errors.ts';
import { dropLeftOvers } from '../loaders/left-overs.ts';
import { applyPrivacy, pendingSteps } from '../loaders/privacy/apply.ts';
import { backfillLock, runLock } from '../state/lock.ts';
import { fenceOff } from '../state/run-fence.ts';
import type { SyncEngine, SyncOptions } from './sync-engine.ts';

/**
 * A sync and a backfill may run at once, and neither must rewrite rows under one that still follows other settings, for
 * that would write them anew: each takes the other's lock for as long as the rewriting lasts.
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
  if ((await pendingSteps(context)).length === 0) return;
  const isBackfill = options.command === 'backfill';
  const release = await lock.tryAlso(isBackfill ? runLock(schemas) : backfillLock(schemas));
  if (release === undefined) {
    const [other, own] = isBackfill ? ['run', 'backfill'] : ['backfill', 'sync'];
    throw new LockedError(
      `The privacy settings changed, and a ${other} is under way that follows the old ones.`,
      {
        advice: isBackfill
          ? `Wait for it to end and start the ${own} again.`
          : `Stop it, run the ${own} again, and go on with "sigma-sync backfill --resume".`,
      },
    );
  }
  try {
    // A run that lost its lock and does not know it yet must not write plain values behind us.
    for (const old of ['sync', 'backfill'] as const) {
      await database.session((session) => fenceOff(session, schemas, old));
      await dropLeftOvers(database, schemas, old);
    }
    await applyPrivacy(context, events, signal);
  } finally {
    await release();
  }
}
