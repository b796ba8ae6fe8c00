/** `probe`: the organization at hand held against what the product rests on, without a value of the organization's. */
import type { Stream } from '../../extractors/stream.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { endpointRows } from './endpoint-rows.ts';
import { FACTS } from './facts.ts';
import { Observer } from './observe.ts';
import type { ProbeRow } from './probe-row.ts';

/**
 * Reads a few pages of every endpoint, and tells facts first, then endpoints in the order of the streams.
 *
 * @param streams parents before their children.
 * @throws AuthError where the credentials are refused; InterruptedError.
 */
export async function* runProbe(
  client: SigmaClient,
  streams: readonly Stream[],
  signal?: AbortSignal,
): AsyncGenerator<ProbeRow> {
  const observer = new Observer(client, signal);
  for (const stream of streams) await observer.observe(stream);
  for (const { id, fact, expected, test } of FACTS) yield { id, fact, expected, ...(await test(observer)) };
  for (const seen of observer.observations.values()) yield* endpointRows(seen);
}
