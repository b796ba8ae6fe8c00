/**
 * A child that the API refuses may only mean that its parent was deleted or archived since it was listed: the
 * parent itself tells. Such a child is no failure.
 */
import { fill } from '../extractors/extract.ts';
import { type Stream, waysOf } from '../extractors/stream.ts';
import type { Unit } from '../extractors/unit.ts';
import { segment } from '../sigma/segment.ts';
import { means, statusOf } from '../sigma/status.ts';
import { isFatal } from './fatal.ts';
import type { RunContext } from './sync-engine.ts';

/** The fate of a parent. */
export type ParentFate = 'gone' | 'archived';

/** Why the parents of a unit excuse its refusal; undefined where they don't. */
export async function fateOfParents(
  context: RunContext,
  stream: Stream,
  unit: Unit,
  error: unknown,
): Promise<ParentFate | undefined> {
  if (!means(statusOf(error), 'refused')) return undefined;
  const kinds = waysOf(stream).filter((candidate) => candidate.kind === unit.kind);
  const fates: ParentFate[] = [];
  // An object may be known from several listings: it is gone where none of them has it.
  for (const { parent, parentColumn, unless } of kinds) {
    const path = context.engine.catalogue.find((candidate) => candidate.name === parent)?.get;
    if (path === undefined || parent === stream.name) continue;
    const fate = await fateOf(context, fill(path, { [parentColumn]: unit.value }, segment), unit);
    // Only children that archived parents do not have are excused by that.
    if (fate === undefined || (fate === 'archived' && unless === undefined)) return undefined;
    fates.push(fate);
  }
  return fates.includes('archived') ? 'archived' : fates[0];
}

async function fateOf(
  { engine, cancel }: RunContext,
  path: string,
  unit: Unit,
): Promise<ParentFate | undefined> {
  const { stream, partition } = unit;
  try {
    const { body } = await engine.client.get(path, { stream, partition, signal: cancel });
    const archived =
      typeof body === 'object' && body !== null && 'isArchived' in body && body.isArchived === true;
    return archived ? 'archived' : undefined;
  } catch (cause) {
    if (isFatal(cause)) throw cause;
    return means(statusOf(cause), 'gone') ? 'gone' : undefined;
  }
}
