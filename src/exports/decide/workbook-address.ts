/** Addresses that an element can be exported from. */
import type { SigmaId } from '../../sigma/ids.ts';

/** False where an address is surely of something else; an id alone does not say of what it is. */
export function mayBeWorkbook({ kind }: SigmaId): boolean {
  return kind === 'workbook' || kind === 'unknown' || kind === 'element';
}
