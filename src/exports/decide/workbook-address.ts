/** Addresses that an element can be exported from. */
import type { SigmaId } from '../../sigma/ids.ts';

/** False where an address is surely of something else; an id alone does not say of what it is. */
export function mayBeWorkbook({ kind }: SigmaId): boolean {
  return kind === 'workbook' || kind === 'unknown' || kind === 'element';
}

/** What an address is of that is none of a workbook, in words, and what to do about it. */
export function insteadOfWorkbook({ kind }: SigmaId): { readonly what: string; readonly advice: string } {
  const what = kind === 'connection-or-workspace' ? 'connection or workspace' : kind.replaceAll('-', ' ');
  const synced =
    kind === 'report' || kind === 'data-model' ? ' What it is made of, "sigma-sync sync" reads.' : '';
  const advice = `Only elements of workbooks can be exported: show the data of the ${what} in a workbook, and give its address.${synced}`;
  return { what, advice };
}
