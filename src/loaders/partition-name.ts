import { kindsOf, type PartitionKind, type Stream } from '../extractors/stream.ts';

/** SQL for a partition's name: the parent's value, behind its kind where the stream has several kinds. */
export function partitionExpression(stream: Stream, kind: PartitionKind, value: string): string {
  const kinds = new Set(kindsOf(stream).map((k) => k.kind));
  return kinds.size > 1 || kind === stream.shortcut ? `'${kind.kind}:' || ${value}` : value;
}
