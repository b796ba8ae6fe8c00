/** Exporting over HTTP, step by step; and a reader of CSV that knows nothing of the simulator's writer. */
import type { ElementPlace } from '../../../simulator/exports/export-mutations.ts';
import { type Client, type Json, open, type Reply } from './api.ts';

export type Options = Parameters<typeof open>[0];

/** A client of a small organization with a job that is done at once. */
export function openExports(options: Options = {}): Promise<Client> {
  return open({
    organization: { workbooks: 20 },
    exportJob: { polls: 0 },
    exportsPerMinute: 10_000,
    ...options,
  });
}

export async function requestExport(
  { simulator, token }: Client,
  workbookId: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(`${simulator.url}/v2/workbooks/${workbookId}/export`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Json };
}

export function download({ simulator, token }: Client, queryId: unknown): Promise<Response> {
  return fetch(`${simulator.url}/v2/query/${queryId}/download`, {
    headers: { authorization: `Bearer ${token}` },
  });
}

/** The id of an export that was started; throws where it was refused. */
export async function started(
  client: Client,
  { workbookId, elementId }: ElementPlace,
  type = 'csv',
  more: Json = {},
): Promise<string> {
  const { status, text, body } = await requestExport(client, workbookId, {
    elementId,
    format: { type },
    ...more,
  });
  if (status !== 200) throw new Error(`${status} ${text}`);
  return String(body['queryId']);
}

/** The file of an export whose job is done at once; bytes as they are, a byte-order mark included. */
export async function exported(
  client: Client,
  place: ElementPlace,
  type = 'csv',
  more: Json = {},
): Promise<string> {
  const response = await download(client, await started(client, place, type, more));
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status} ${bytes}`);
  return bytes.toString();
}

/** The bytes and the headers of any export whose job is done at once. */
export async function fileOf(
  client: Client,
  workbookId: string,
  body: Json,
): Promise<{ readonly bytes: Buffer; readonly headers: Headers }> {
  const reply = await requestExport(client, workbookId, body);
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`);
  const response = await download(client, reply.body['queryId']);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${response.status} ${bytes}`);
  return { bytes, headers: response.headers };
}

/** Records of a CSV, blank lines included as records of one empty field. */
export function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let field = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (isQuoted) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') field += text[++i];
      else isQuoted = false;
    } else if (c === '"') isQuoted = true;
    else if (c === ',' || c === '\n') {
      record.push(field);
      field = '';
      if (c === '\n') {
        records.push(record);
        record = [];
      }
    } else if (c !== '\r' || text[i + 1] !== '\n') field += c;
  }
  if (isQuoted || field !== '' || record.length > 0) throw new Error('the CSV ends within a record');
  return records;
}

/** The elements with data of the organization's live workbooks. */
export function dataElementsOf({ simulator }: Client): ElementPlace[] {
  return simulator.organization
    .truth('workbook_elements')
    .filter((element) => Array.isArray(element['columns']))
    .map((e) => ({ workbookId: String(e['workbookId']), elementId: String(e['elementId']) }));
}
