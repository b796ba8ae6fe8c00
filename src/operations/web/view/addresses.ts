/** Addresses of objects' pages. */

/** The path before the id, by kind of object; kinds that are not here are nodes of lineage. */
const PAGES: Readonly<Record<string, string>> = {
  workbook: '/workbooks',
  report: '/reports',
  member: '/members',
  team: '/teams',
};

const NODES: ReadonlySet<string> = new Set([
  ...['connection', 'table', 'custom-sql', 'dataset', 'data-model', 'element', 'csv-upload', 'semantic-view'],
]);

/** The page of an object; undefined where its kind has none. */
export function addressOf(type: string | null, id: string): string | undefined {
  if (type === null) return undefined;
  if (Object.hasOwn(PAGES, type)) return `${PAGES[type]}/${encodeURIComponent(id)}`;
  return NODES.has(type) ? `/lineage/${encodeURIComponent(id)}` : undefined;
}
