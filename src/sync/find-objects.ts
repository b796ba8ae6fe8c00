/** Gives rows that are stored the ids of their objects, once a listing has those. */
import type { Stream } from '../extractors/stream.ts';
import {
  countUnknownObjects,
  refersToObjects,
  resolveStored,
  streamsLackingIds,
} from '../loaders/object-ids.ts';
import { beginLoad } from '../loaders/orphans.ts';
import type { RunContext } from './sync-engine.ts';

/**
 * Finds the objects of a stream's rows before it is planned and merged, so that both sides of a comparison name an
 * object alike, and a newly known object passes for no change. Only for the holder of the stream.
 *
 * @throws DatabaseError, LockedError
 */
export async function findObjects({ engine, run }: RunContext, stream: Stream): Promise<void> {
  if (!refersToObjects(stream)) return;
  const { database, schemas, catalogue: streams, now } = engine;
  // Nobody else writes the stream meanwhile, and mostly there is nothing to find.
  const lacking = await database.session((session) => streamsLackingIds(session, [stream], schemas));
  if (!lacking.has(stream.name)) return;
  await database.transaction(async (session) => {
    await beginLoad(session, schemas, stream, run.runId);
    await resolveStored(session, stream, { schemas, streams }, now());
  });
}

/**
 * Does the same for every stream at the end of a run, which may have listed objects after what names them.
 *
 * @returns by stream, how many of its rows name an object that no listing has; where there are any.
 * @throws DatabaseError, LockedError, InterruptedError
 */
export async function findObjectsOfAll(context: RunContext): Promise<ReadonlyMap<string, number>> {
  const { database, schemas, catalogue: streams } = context.engine;
  const lacking = await database.session((session) => streamsLackingIds(session, streams, schemas));
  for (const stream of streams)
    if (lacking.has(stream.name)) await context.hold(stream.name, () => findObjects(context, stream));
  return database.transaction(async (session) => {
    // So many tables together cost so much that a server with LLVM would compile the statement.
    await session.query('set local jit = off');
    return countUnknownObjects(session, streams, { schemas, streams });
  });
}
