import { quoteLiteral, quoteName } from '../core/database/database.ts';
import type { PartitionKind } from '../extractors/stream.ts';

/** SQL that continues with `and` where not all rows of the parent count. */
export function countedRows({ only }: PartitionKind, alias: string): string {
  if (only === undefined) return '';
  return `and ${alias}.${quoteName(only.column)} in (${only.values.map(quoteLiteral).join(', ')})`;
}
