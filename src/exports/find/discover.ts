/** Finds workbooks and their elements that have data, and writes the settings for each element. */
import { stringify } from 'yaml';
import { type Database, hasTable, quoteLiteral, quoteTable } from '../../core/database/database.ts';
import { ConfigError } from '../../core/errors.ts';
import { segment } from '../../sigma/segment.ts';
import { means, statusOf } from '../../sigma/status.ts';
import { noWorkbook } from '../../sigma/workbook-id.ts';
import type { Schemas } from '../../state/schemas.ts';
import { columnNames } from '../decide/column-names.ts';
import { type Asking, entriesOf } from './entries.ts';

export interface DataElement {
  readonly elementId: string;
  readonly name: string;
  readonly type: string;
  /** Title of the page it is on, where that is known. */
  readonly page: string | undefined;
  readonly labels: readonly string[];
}

/** A workbook with its elements that have data, and its controls for ranges of dates. */
export interface DiscoveredWorkbook {
  readonly workbookId: string;
  readonly name: string;
  readonly elements: readonly DataElement[];
  readonly dateControls: readonly string[];
}

/** Types of elements that have data; text, image, control and the like have none. */
export const WITH_DATA: readonly string[] = ['table', 'visualization', 'pivot-table', 'input-table'];

/** Asks the API what a workbook has. @throws ApiError, ConfigError where the workbook is not there */
export async function discoverWorkbook(asking: Asking, workbookId: string): Promise<DiscoveredWorkbook> {
  const path = `/v2/workbooks/${segment(workbookId)}`;
  const workbook = await asking.client.get(path, { signal: asking.signal }).catch(async (error: unknown) => {
    if (!means(statusOf(error), 'not to be seen')) throw error;
    throw await noWorkbook(asking.client, workbookId, { ...asking, cause: error });
  });
  const listed = (listing: string) => entriesOf(asking, `${path}/${listing}`, 'exports');
  const elements: DataElement[] = [];
  for await (const page of listed('pages')) {
    const pageId = segment(textOf(page, 'pageId'));
    for await (const element of listed(`pages/${pageId}/elements`)) {
      const type = textOf(element, 'type');
      if (!WITH_DATA.includes(type)) continue;
      const { columns } = element;
      const labels = Array.isArray(columns) ? columns.filter((label) => typeof label === 'string') : [];
      const [elementId, name] = [textOf(element, 'elementId'), textOf(element, 'name')];
      elements.push({ elementId, name, type, page: textOf(page, 'name'), labels });
    }
  }
  const dateControls: string[] = [];
  for await (const control of listed('controls'))
    if (textOf(control, 'valueType') === 'date-range') dateControls.push(textOf(control, 'name'));
  const { body } = workbook;
  const name = typeof body === 'object' && body !== null && 'name' in body ? String(body.name) : workbookId;
  return { workbookId, name, elements, dateControls };
}

/** Days that are read back in time if nothing else is said. */
const DAYS_BACK = 30;
const DAY = 86_400_000;

/** Entries for the settings file, each below a line that says what it is. */
export function settingsOf(workbook: DiscoveredWorkbook, now: Date): string {
  const { elements, dateControls, workbookId } = workbook;
  const names = columnNames(elements.map(({ name }) => name));
  const lines = ['# Leave out the line "exports:" if your settings already have one.', 'exports:'];
  for (const [i, element] of elements.entries()) {
    const { elementId, name, type, page, labels } = element;
    const where = page === undefined ? '' : ` on page ${JSON.stringify(page)}`;
    const title = `${JSON.stringify(name)}: ${type} of ${labels.length} columns${where} of ${JSON.stringify(workbook.name)}`;
    const entry = {
      name:
        (names[i]?.name ?? 'data')
          .replace(/[^a-z0-9_]/g, '')
          .replace(/^[^a-z]+/, '')
          .slice(0, 40) || `element_${i + 1}`,
      workbook: workbookId,
      element: elementId,
      ...modeOf(labels, dateControls, now),
    };
    lines.push(`  # ${title.replaceAll(/[\n\r\u2028\u2029]/g, ' ')}`);
    const yaml = stringify([entry], { lineWidth: 0 }).trimEnd();
    lines.push(...yaml.split('\n').map((line) => `  ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

/** A guess: by key and window where a column is called an id, another a time, and a control is there for it. */
function modeOf(labels: readonly string[], controls: readonly string[], now: Date): Record<string, unknown> {
  const key = labels.find((label) => /(^|[^a-z])id$/i.test(label) || /[a-z]Id$/.test(label));
  const time = labels.find((label) => /\b(at|date|time|timestamp|on)$/i.test(label.replaceAll('_', ' ')));
  const [control] = controls;
  if (key === undefined || time === undefined || control === undefined) return { mode: 'replace' };
  const start = new Date(now.getTime() - DAYS_BACK * DAY).toISOString().slice(0, 10);
  return {
    mode: 'merge',
    key: [key],
    window: { column: time, control, start, step: '1d', lookback: '3h' },
  };
}

function textOf(entry: Readonly<Record<string, unknown>>, field: string): string {
  const value = entry[field];
  return typeof value === 'string' ? value : '';
}

/** A workbook, as far as its data goes. */
export interface DataWorkbook {
  readonly workbookId: string;
  readonly name: string;
  readonly path: string | null;
  /** Elements with data. */
  readonly elements: number;
  /** It is read from Sigma's audit log. */
  readonly isAuditLog: boolean;
}

/** Every workbook that has elements with data, the audit log first. @throws ConfigError where nothing was synced yet */
export async function dataWorkbooks(database: Database, schemas: Schemas): Promise<readonly DataWorkbook[]> {
  const table = (name: string): string => quoteTable(schemas.target, name);
  return database.session(async (session) => {
    const isThere = await hasTable(session, schemas.target, 'workbook_elements');
    const rows = !isThere
      ? []
      : await session.query<DataWorkbook & Record<string, unknown>>(
          `/* listing workbooks with data */
           with audit as (
             select distinct s.workbook_id
               from ${table('workbook_sources')} s
               join ${table('connection_paths')} p on p.url_id = s.inode_id or p._raw ->> 'inodeId' = s.inode_id
               join ${table('connections')} c on c.connection_id = p.connection_id and c.is_audit_log
              where s._deleted_at is null)
           select w.workbook_id as "workbookId", w.name, w.path, count(*)::integer as elements,
                  bool_or(a.workbook_id is not null) as "isAuditLog"
             from ${table('workbooks')} w
             join ${table('workbook_elements')} e on e.workbook_id = w.workbook_id and e._deleted_at is null
                  and e.type in (${WITH_DATA.map(quoteLiteral).join(', ')})
             left join audit a on a.workbook_id = w.workbook_id
            where w._deleted_at is null and not coalesce(w.is_archived, false)
            group by w.workbook_id order by 5 desc, w.path, w.name`,
        );
    if (rows.length > 0) return rows;
    throw new ConfigError('No workbook has been synced yet.', {
      advice: 'Name a workbook (its address in the browser will do), or run "sigma-sync sync" first.',
    });
  });
}
