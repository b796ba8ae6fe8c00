/** Runs a sync through a client whose answers a test may bend, one request at a time. */
import type { RequestOptions, SigmaClient } from '../../src/sigma/client.ts';
import type { ApiAnswer } from '../../src/sigma/outcome.ts';
import { runSync, type SyncResult } from '../../src/sync/run-sync.ts';
import type { SyncEngine, SyncOptions } from '../../src/sync/sync-engine.ts';
import type { Rig } from './rig.ts';

/** Gives the answer to a request; `next` asks the simulator. */
export type Bend = (
  path: string,
  next: () => Promise<ApiAnswer>,
  options: RequestOptions | undefined,
) => Promise<ApiAnswer>;

export function runThrough(
  rig: Rig,
  bend: Bend,
  options: Partial<SyncOptions> = {},
  engine: Partial<SyncEngine> = {},
): Promise<SyncResult> {
  const client: SigmaClient = {
    get: (path, request) => bend(path, () => rig.engine.client.get(path, request), request),
    close: async () => undefined,
  };
  const signal = new AbortController().signal;
  return runSync(
    { ...rig.engine, client, ...engine },
    { streams: rig.engine.catalogue, full: false, acceptDeletions: false, signal, ...options },
  );
}

/** The answer without the entries that `keep` refuses, and without its total. */
export function withoutEntries(
  answer: ApiAnswer,
  keep: (entry: Record<string, unknown>) => boolean,
): ApiAnswer {
  return withEntries(answer, (entries) => entries.filter(keep));
}

/** The answer with other entries. */
export function withEntries(
  answer: ApiAnswer,
  change: (entries: Record<string, unknown>[]) => unknown[],
): ApiAnswer {
  const { total: _, ...body } = answer.body as { entries: Record<string, unknown>[]; total?: number };
  return { ...answer, body: { ...body, entries: change(body.entries) } };
}
