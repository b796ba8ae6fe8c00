/** Columns that loading works with: without their values as they are, rows could not be found or read again. */
import { kindsOf, type Stream, sourcesOf } from '../../extractors/stream.ts';

/** By column of `stream`: why it can be neither hashed nor dropped, as the end of a sentence. */
export function pinnedColumns(stream: Stream, streams: readonly Stream[]): Map<string, string> {
  const pinned = new Map<string, string>();
  const pin = (column: string | undefined, reason: string): void => {
    if (column !== undefined && !pinned.has(column)) pinned.set(column, reason);
  };
  for (const column of stream.key) pin(column, 'it is part of the key');
  for (const { name, from } of stream.columns) {
    if (from === 'param') pin(name, 'it names what the row was read for');
  }
  for (const column of [stream.reference?.id, stream.reference?.urlId])
    pin(column, 'its object is found by it');
  pin(stream.versionColumn, 'it tells which of two copies of a row is the newer one');
  for (const { column, activeWhile } of kindsOf(stream)) {
    pin(column, 'it names the partition of the row');
    pin(activeWhile?.column, 'it tells when its partition is read again');
  }
  for (const child of streams) {
    for (const kind of kindsOf(child)) {
      if (kind.parent !== stream.name) continue;
      pin(kind.parentColumn, `${child.name} is read by it`);
      pin(kind.unless, `it tells whether ${child.name} is read`);
      for (const column of kind.signal ?? []) pin(column, `it tells when ${child.name} is read again`);
    }
    for (const { forEach } of sourcesOf(child)) {
      if (forEach?.stream !== stream.name) continue;
      pin(forEach.column, `${child.name} is read by it`);
      pin(forEach.except?.column, `it tells whether ${child.name} is read`);
    }
  }
  return pinned;
}
