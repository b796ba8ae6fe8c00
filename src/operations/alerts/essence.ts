/** Compares errors. Pure. */

/**
 * The text without the parts that differ from stream to stream though the cause is the same: ids, requests,
 * addresses, counts.
 */
export function essence(error: string): string {
  return error
    .replace(/^\d+ of \d+ partitions? failed[^;]*;.*?(?: the first: |The first error: )/, '')
    .replace(/\b(request|stream|partition) [\w./:-]+/g, '$1')
    .replace(/\/v\d+\/\S+/g, '/')
    .replace(/[\w-]*\d[\w-]*/g, '#');
}
