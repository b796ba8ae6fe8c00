/** What a process with a clock that was ahead wrote is dated to the present, once three clocks agree on that. */
import { endFuture, latestFuture } from '../state/database-time.ts';
import type { SyncEngine } from './sync-engine.ts';

/**
 * Nothing tells a clock that was ahead from one that is behind: where the machine starts with the time of last year, all
 * of its history seems to be still to come. So Sigma's clock has the last word.
 *
 * @throws DatabaseError
 */
export async function mendFuture({
  database,
  schemas,
  catalogue,
  client,
  events,
  now,
}: SyncEngine): Promise<void> {
  const latest = await database.session((session) => latestFuture(session, schemas, now()));
  if (latest === undefined) return;
  const sigmas = await client.get('/v2/whoami').then(
    ({ serverTime }) => serverTime,
    // Whatever keeps it from answering keeps the run from it, too, and is told there.
    () => undefined,
  );
  if (sigmas === undefined || sigmas >= latest.getTime()) return;
  const present = new Date(Math.max(now().getTime(), sigmas));
  const names = catalogue.map(({ name }) => name);
  const rows = await database.transaction((session) => endFuture(session, schemas, names, present));
  events.emit('history.mended', { until: latest.toISOString(), rows });
}
