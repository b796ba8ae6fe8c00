/** Brings what is stored in line with the privacy settings before a run loads anything. */
import type { Lock } from '../core/database/database.ts';
import { ConfigError, LockedError } from '../core/errors.ts';
import type { Stream } from '../extractors/stream.ts';
import { dropLeftOvers } from '../loaders/left-overs.ts';
import type { Step } from '../loaders/privacy/applied.ts';
import { applyPrivacy, pendingSteps } from '../loaders/privacy/apply.ts';
import { backfillLock, runLock } from '../state/lock.ts';
import { fenceOff } from '../state/run-fence.ts';
import type { SyncEngine, SyncOptions } from './sync-engine.ts';

/**
 * A sync and a backfill may run at once, and neither must rewrite rows under one that still follows other settings,
 * for that would rewrite them again: each takes the other's lock for as long as the rewriting lasts.
 *
 * @throws LockedError, DatabaseError, InterruptedError; ConfigError where a backfill would bring back what is hidden.
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
  const pending = await pendingSteps(context);
  if (pending.length === 0) return;
  const isBackfill = options.command === 'backfill';
  const laxer = isBackfill ? pending.flatMap(({ stream, step }) => laxerRules(stream, step)) : [];
  if (laxer.length > 0)
    throw new ConfigError(
      `Stored data hides more than the privacy settings of this process: ${laxer.join(', ')}. A backfill would store it in plain text again.`,
      {
        advice:
          'Use the settings of your syncs. To hide less, run "sigma-sync sync" with the new settings first.',
      },
    );
  const release = await lock.tryAlso(isBackfill ? runLock(schemas) : backfillLock(schemas));
  if (release === undefined) {
    const [other, own] = isBackfill ? ['run', 'backfill'] : ['backfill', 'sync'];
    throw new LockedError(`The privacy settings changed while a ${other} is running with the old ones.`, {
      advice: isBackfill
        ? `Wait for it to end and start the ${own} again.`
        : `Stop it, run the ${own} again, and resume with "sigma-sync backfill --resume".`,
    });
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

/** Names of what is hidden by now and would not be any more. */
function laxerRules({ name }: Stream, { reread, rekeyed, result }: Step): string[] {
  if (rekeyed) return [];
  return reread.filter((rule) => result.rules[rule] === undefined).map((rule) => `${name}.${rule}`);
}
