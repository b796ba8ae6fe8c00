/**
 * Dates rows of the future to the present, once three clocks agree that the process that wrote them had a clock ahead
 * of time.
 */
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
    // A database that does not answer here stops the run, too, which reports it.
    () => undefined,
  );
  if (sigmas === undefined || sigmas >= latest.getTime()) return;
  const present = new Date(Math.max(now().getTime(), sigmas));
  const names = catalogue.map(({ name }) => name);
  const rows = await database.transaction((session) => endFuture(session, schemas, names, present));
  events.emit('history.mended', { until: latest.toISOString(), rows });
}
