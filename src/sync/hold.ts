/** Keeps a sync and a backfill from working on one stream at the same time. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lock } from '../core/database/database.ts';
import { InterruptedError } from '../core/errors.ts';
import { streamLock } from '../state/lock.ts';
import type { RunContext, SyncEngine } from './sync-engine.ts';

/** The other run lets go of a stream within seconds (a backfill) or minutes (a sync). */
const ASK_AGAIN_MS = 150;

/** Makes `RunContext.hold`: stream locks on the connection of the run's own lock. */
export function holdOf({ schemas }: SyncEngine, lock: Lock, stop: AbortSignal): RunContext['hold'] {
  return async (stream, work) => {
    const name = streamLock(schemas, stream);
    let release = await lock.tryAlso(name);
    while (release === undefined) {
      if (stop.aborted) throw new InterruptedError('The run was interrupted.');
      await sleep(ASK_AGAIN_MS);
      release = await lock.tryAlso(name);
    }
    try {
      return await work();
    } finally {
      await release();
    }
  };
}
