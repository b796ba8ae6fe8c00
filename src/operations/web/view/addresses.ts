/** Where objects have their pages. */

/** The path before the id, by kind of object. */
const PAGES: Readonly<Record<string, string>> = {
  workbook: '/workbooks',
  report: '/reports',
  member: '/members',
};

/** The page of an object; undefined where its kind has none. */
export function addressOf(type: string | null, id: string): string | undefined {
  if (type === null) return undefined;
  if (Object.hasOwn(PAGES, type)) return `${PAGES[type]}/${encodeURIComponent(id)}`;
  return undefined;
}
