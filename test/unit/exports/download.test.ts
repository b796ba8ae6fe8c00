/** Files saved from the simulator: whole, or not at all. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Simulator, startSimulator } from '../../../simulator/server.ts';
import { ConfigError, ExportError, InterruptedError, NetworkError } from '../../../src/core/errors.ts';
import { EventBus, type Events } from '../../../src/core/events/bus.ts';
import { type DownloadOptions, downloadFile } from '../../../src/exports/files/download.ts';
import type { DownloadRequest } from '../../../src/exports/files/download-request.ts';
import { oauthHeaders } from '../../../src/exports/read/oauth-headers.ts';
import { openSigmaClient } from '../../../src/sigma/client.ts';
import { scratchFolder } from '../../support/cli.ts';
import { type FakeClock, fakeClock } from '../../support/fake-clock.ts';
import { scriptedServer, withTokens } from '../../support/scripted-server.ts';

const WORKBOOK = 'b1c8e9f4-0000-4000-8000-000000000001';

const open: { close(): Promise<void> }[] = [];
let folder: ReturnType<typeof scratchFolder>;
beforeEach(() => {
  folder = scratchFolder();
});
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
  folder[Symbol.dispose]();
});

interface Setup {
  readonly simulator: Simulator;
  readonly clock: FakeClock;
  readonly place: { readonly workbookId: string; readonly elementId: string };
  readonly seen: { [N in keyof Events]?: Events[N][] };
  download(request: Partial<DownloadRequest>, options?: Partial<DownloadOptions>): Promise<Saved>;
}
type Saved = Awaited<ReturnType<typeof downloadFile>>;

async function setUp(rows = 3): Promise<Setup> {
  const simulator = await startSimulator({
    organization: { workbooks: 3, reports: 3 },
    exportsPerMinute: 60_000,
    exportJob: { polls: 0 },
  });
  open.push(simulator);
  const place = simulator.organization.addExport({
    name: 'Sales / 2026',
    columns: ['n'],
    count: rows,
    rows: (i) => [`row ${i}`],
  });
  return { simulator, place, ...downloader(simulator.url, place.workbookId, simulator) };
}

function downloader(
  baseUrl: string,
  workbookId: string,
  credentials = { clientId: 'i', clientSecret: 's' },
): Pick<Setup, 'clock' | 'seen' | 'download'> {
  const clock = fakeClock();
  const events = new EventBus();
  const seen: Record<string, unknown[]> = {};
  events.onAny((name, fields) => {
    seen[name] = [...(seen[name] ?? []), fields];
  });
  const client = openSigmaClient({
    ...{ baseUrl, events, clock, concurrency: 4, exportsPerMinute: 60_000, timeoutMs: 5000 },
    credentials: () => credentials,
    retry: { maxAttempts: 5, baseMs: 500, maxMs: 30_000 },
  });
  open.unshift(client);
  return {
    clock,
    seen: seen as Setup['seen'],
    download: (request, options) =>
      downloadFile({
        ...{ client, clock, events, overwrite: false, timeoutMs: 30 * 60_000 },
        directory: folder.path,
        request: { documentId: workbookId, kind: undefined, format: 'csv', ...request },
        ...options,
      }),
  };
}

const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (e: unknown) => e,
  );
const files = (): string[] => readdirSync(folder.path).sort();
const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

const WHOLE = {
  xlsx: /^PK[\s\S]*PK[\s\S]{20}$/,
  pdf: /^%PDF-[\s\S]*%%EOF\s*$/,
  png: /^\x89PNG[\s\S]*IEND[\s\S]{4}$/,
  csv: /^n\nrow 0\n[\s\S]*row 2\n$/,
  json: /^\[\{"n":"row 0"\}[\s\S]*\]$/,
  jsonl: /^\{"n":"row 0"\}\n[\s\S]*row 2"\}\n$/,
};

describe('a file', () => {
  it('is saved under the name that Sigma gives, made safe', async () => {
    const { place, download } = await setUp();
    const saved = await download({ elementId: place.elementId });
    expect(saved).toMatchObject({ path: join(folder.path, 'Sales _ 2026.csv'), readings: 1 });
    expect(readFileSync(saved.path, 'utf8')).toBe('n\nrow 0\nrow 1\nrow 2\n');
    expect(saved.bytes).toBe(20);
    expect(files()).toEqual(['Sales _ 2026.csv']);
  });

  it('may be empty where it holds lines of rows', async () => {
    const { place, download } = await setUp(0);
    const saved = await download({ elementId: place.elementId, format: 'jsonl' }, { output: 'none.jsonl' });
    expect([saved.bytes, readFileSync(saved.path, 'utf8')]).toEqual([0, '']);
  });

  it.each([
    ['a workbook', 'workbook', ['xlsx', 'pdf']],
    ['a page', 'page', ['xlsx', 'pdf', 'png']],
    ['an element', 'element', ['xlsx', 'pdf', 'png', 'csv', 'json', 'jsonl']],
  ] as const)('of %s comes whole in every format', async (_, what, formats) => {
    const { simulator, place, download } = await setUp();
    const { workbookId, elementId } = place;
    const pages = simulator.organization.truth('workbook_pages');
    const pageId = String(pages.find((page) => page['workbookId'] === workbookId)?.['pageId']);
    const of = { workbook: {}, page: { pageId }, element: { elementId } }[what];
    for (const format of formats) {
      const { path, bytes } = await download({ ...of, format });
      const file = readFileSync(path);
      expect(file).toHaveLength(bytes);
      expect(file.toString('latin1')).toMatch(WHOLE[format]);
    }
    const endings = files().map((name) => name.split('.').at(-1));
    expect(endings.sort()).toEqual([...formats].sort());
  });

  it('takes parameters, limits, sizes and layouts along', async () => {
    const bodies: unknown[] = [];
    const server = await scriptedServer(
      withTokens(({ method, body }) => {
        if (method === 'POST') bodies.push(JSON.parse(body));
        return method === 'POST' ? { body: { queryId: 'q' } } : { body: '%PDF-' };
      }),
    );
    open.push(server);
    const { download } = downloader(server.url, WORKBOOK);
    await download({ kind: 'workbook', format: 'pdf', tag: 'Production', runAs: 'm' });
    const png = { format: 'png', pageId: 'p', width: 1600, height: 900 } as const;
    await errorOf(download(png));
    const parameters = { Region: 'EMEA' };
    await download({ format: 'csv', elementId: 'e', rowLimit: 5, parameters }, { output: 'x' });
    expect(bodies).toEqual([
      { format: { type: 'pdf', layout: 'portrait' }, tag: 'Production', exportAs: 'm' },
      { pageId: 'p', format: { type: 'png', pixelWidth: 1600, pixelHeight: 900 } },
      { elementId: 'e', format: { type: 'csv' }, rowLimit: 5, parameters },
    ]);
    // No name came: that of what was asked for.
    expect(files()).toEqual([`${WORKBOOK}.pdf`, 'x']);
  });
});

it('a workbook may be named by its short id', async () => {
  const { simulator, place, download } = await setUp();
  const workbooks = simulator.organization.truth('workbooks');
  const short = workbooks.find(({ workbookId }) => workbookId === place.workbookId)?.['workbookUrlId'];
  expect(short).toMatch(/^\w{18,22}$/);
  const saved = await download({ documentId: String(short), elementId: place.elementId });
  expect(saved.document).toEqual({ kind: 'workbook', id: place.workbookId });
});

describe('a report', () => {
  const reportOf = ({ simulator }: Setup) => {
    const [report] = simulator.organization.truth('reports').filter((one) => one['isArchived'] === false);
    return { id: String(report?.['reportId']), urlId: String(report?.['reportUrlId']) };
  };

  it('is saved as a PDF of the whole, by an address or by an id that says nothing', async () => {
    const set = await setUp();
    const { id, urlId } = reportOf(set);
    for (const [documentId, kind] of [
      [id, 'report'],
      [urlId, 'report'],
      [id, undefined],
      [urlId, undefined],
    ] as const) {
      const request = { documentId, kind, format: 'pdf', layout: 'landscape' } as const;
      const saved = await set.download(request, { overwrite: true });
      expect(saved.document).toEqual({ kind: 'report', id });
      expect(readFileSync(saved.path, 'latin1')).toMatch(WHOLE.pdf);
    }
    expect(set.simulator.counters.of('POST /v2/reports/{reportId}/export')).toBe(4);
  });

  it('takes parameters and a tag along, and nothing that the endpoint does not know', async () => {
    const bodies: unknown[] = [];
    const server = await scriptedServer(
      withTokens(({ method, body }) => {
        if (method === 'POST') bodies.push(JSON.parse(body));
        return method === 'POST' ? { body: { queryId: 'q' } } : { body: '%PDF-' };
      }),
    );
    open.push(server);
    const { download } = downloader(server.url, WORKBOOK);
    const [tag, parameters] = ['Production', { Region: 'EMEA' }];
    await download({ documentId: WORKBOOK, kind: 'report', format: 'pdf', tag, parameters });
    expect(bodies).toEqual([{ format: { type: 'pdf', layout: 'portrait' }, tag, parameters }]);
  });

  it.each([
    [{ format: 'xlsx' }, '--format xlsx'],
    [{ format: 'csv', elementId: 'e' }, '--element'],
    [{ format: 'pdf', pageId: 'p' }, '--page'],
    [{ format: 'pdf', runAs: 'm' }, '--run-as'],
    [{ format: 'pdf', rowLimit: 5 }, '--row-limit'],
  ] as const)('is refused with %o before anything is asked', async (request, flag) => {
    const set = await setUp();
    set.simulator.counters.reset();
    const error = await errorOf(set.download({ documentId: reportOf(set).id, kind: 'report', ...request }));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(flag);
    expect(set.simulator.counters.requests).toBe(0);
  });

  it('is refused with a member to export as once its id turns out to be of a report', async () => {
    const set = await setUp();
    const error = await errorOf(set.download({ documentId: reportOf(set).id, format: 'pdf', runAs: 'm' }));
    expect(error).toMatchObject({ code: 'config', message: '--run-as works with workbooks only.' });
  });

  it('that is neither seen nor a workbook is named so', async () => {
    const { download } = await setUp();
    const error = await errorOf(download({ documentId: '7sYWojYnccxJqdqkNKAw6S', format: 'pdf' }));
    expect(error).toMatchObject({
      code: 'config',
      message: 'The credentials see no workbook or report with the id 7sYWojYnccxJqdqkNKAw6S.',
    });
  });
});

describe('a connection that breaks', () => {
  it('up to five times is read again, from the beginning', async () => {
    const { simulator, clock, place, seen, download } = await setUp(200_000);
    const whole = await download({ elementId: place.elementId }, { output: 'whole.csv' });
    simulator.counters.reset();
    simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 5, maxInARow: 9 });
    clock.waits.length = 0;
    const saved = await download({ elementId: place.elementId }, { output: 'cut.csv' });
    expect(simulator.counters.faults.get('cut')).toBe(5);
    expect(saved).toMatchObject({ readings: 6, bytes: whole.bytes, queryIds: [expect.any(String)] });
    expect(digest(saved.path)).toBe(digest(whole.path));
    expect(seen['export.reread']?.map(({ reading }) => reading)).toEqual([2, 3, 4, 5, 6]);
    expect(clock.waits).toEqual([500, 1000, 2000, 4000, 8000]);
    expect(seen['export.progress']?.at(-1)?.bytes).toBe(whole.bytes);
    expect(files()).toEqual(['cut.csv', 'whole.csv']);
  });

  it('more often than that ends the download and leaves nothing', async () => {
    const { simulator, place, download } = await setUp(200_000);
    simulator.faults.inject({ kinds: ['cut'], match: '/download$', maxInARow: 1000 });
    expect(await errorOf(download({ elementId: place.elementId }))).toBeInstanceOf(NetworkError);
    expect(simulator.counters.faults.get('cut')).toBe(6);
    expect(files()).toEqual([]);
  });

  it('when the result has expired, too, is exported anew', async () => {
    const { simulator, place, download } = await setUp(200_000);
    simulator.faults.inject({ kinds: ['cut'], match: '/download$', times: 1 });
    simulator.faults.inject({ kinds: ['expired-query'], match: '/download$', times: 1 });
    const saved = await download({ elementId: place.elementId });
    expect(saved).toMatchObject({ readings: 2, queryIds: [expect.any(String), expect.any(String)] });
    expect(readFileSync(saved.path, 'utf8').split('\n')).toHaveLength(200_002);
  });
});

describe('an interrupt', () => {
  it('in the middle of the file leaves nothing', async () => {
    const { place, seen, download } = await setUp(2_000_000);
    const controller = new AbortController();
    const work = errorOf(download({ elementId: place.elementId }, { signal: controller.signal }));
    await expect
      .poll(() => existsSync(join(folder.path, 'Sales _ 2026.csv.part')), { timeout: 20_000 })
      .toBe(true);
    await expect.poll(() => seen['export.progress']?.length ?? 0, { interval: 1 }).toBeGreaterThan(0);
    controller.abort(new InterruptedError('Stopped by SIGINT.'));
    const error = await work;
    expect(error).toBeInstanceOf(InterruptedError);
    expect(error).toMatchObject({ exitCode: 130, advice: expect.stringContaining('Nothing was kept') });
    expect(seen['export.progress']?.length).toBeGreaterThan(0);
    expect(files()).toEqual([]);
  });

  it('of a process that was killed left a part, which is replaced and not written through', async () => {
    const { place, download } = await setUp();
    writeFileSync(join(folder.path, 'precious'), 'precious');
    symlinkSync(join(folder.path, 'precious'), join(folder.path, 'a.csv.part'));
    await download({ elementId: place.elementId }, { output: 'a.csv' });
    writeFileSync(join(folder.path, 'b.csv.part'), 'x'.repeat(1000));
    const saved = await download({ elementId: place.elementId }, { output: 'b.csv' });
    expect(readFileSync(saved.path, 'utf8')).toBe('n\nrow 0\nrow 1\nrow 2\n');
    expect(readFileSync(join(folder.path, 'precious'), 'utf8')).toBe('precious');
    expect(files()).toEqual(['a.csv', 'b.csv', 'precious']);
  });
});

describe('before anything is asked of Sigma', () => {
  const cases: [string, Partial<DownloadRequest>, string | undefined, RegExp][] = [
    ['an element and a page', { elementId: 'e', pageId: 'p' }, undefined, /--element and --page/],
    [
      'a workbook as csv',
      { format: 'csv' },
      undefined,
      /--format csv .*whole workbook.*--element.*xlsx or pdf/,
    ],
    ['a workbook as png', { format: 'png' }, undefined, /--format png .*--page or --element/],
    [
      'a page as jsonl',
      { format: 'jsonl', pageId: 'p' },
      undefined,
      /jsonl .*page.*--element.*xlsx or pdf or png/,
    ],
    [
      'a layout of xlsx',
      { format: 'xlsx', layout: 'portrait' },
      undefined,
      /--layout .*pdf only, not with xlsx/,
    ],
    ['a width of pdf', { format: 'pdf', width: 5 }, undefined, /--width .*png/],
    ['a height of pdf', { format: 'pdf', height: 5 }, undefined, /--height .*png/],
    ['rows of pdf', { format: 'pdf', rowLimit: 5 }, undefined, /--row-limit .*csv/],
    ['a file that is there', { format: 'pdf' }, 'there.pdf', /there\.pdf exists already.*--force/],
    ['a folder', { format: 'pdf' }, 'folder', /folder is not a file that can be replaced/],
    ['a folder that is not there', { format: 'pdf' }, 'nowhere/a.pdf', /no folder .*nowhere/],
  ];
  it.each(cases)('%s is refused', async (_, request, output, message) => {
    const { simulator, download } = await setUp();
    writeFileSync(join(folder.path, 'there.pdf'), 'old');
    mkdirSync(join(folder.path, 'folder'));
    const error = await errorOf(download(request, { output }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(`${(error as ConfigError).message} ${(error as ConfigError).advice}`).toMatch(message);
    expect(simulator.counters.requests).toBe(0);
    expect(readFileSync(join(folder.path, 'there.pdf'), 'utf8')).toBe('old');
    expect(files()).toEqual(['folder', 'there.pdf']);
  });

  it('a device is never replaced, not even by force', async () => {
    const { download } = await setUp();
    const error = await errorOf(download({ format: 'pdf' }, { output: '/dev/null', overwrite: true }));
    expect(error).toBeInstanceOf(ConfigError);
  });
});

it('a name of the server that is taken is not replaced without force', async () => {
  const { place, download } = await setUp();
  const path = join(folder.path, 'Sales _ 2026.csv');
  writeFileSync(path, 'old');
  expect(await errorOf(download({ elementId: place.elementId }))).toBeInstanceOf(ConfigError);
  expect(readFileSync(path, 'utf8')).toBe('old');
  await download({ elementId: place.elementId }, { overwrite: true });
  expect(readFileSync(path, 'utf8')).toMatch(/^n\nrow 0/);
  expect(files()).toEqual(['Sales _ 2026.csv']);
});

it.each([
  ['pdf', 'Sorry, not today.'],
  ['png', '%PDF-1.7'],
  ['xlsx', 'a,b\n1,2\n'],
  ['json', 'a,b\n1,2\n'],
  ['jsonl', '[1]'],
] as const)('what is no %s (%j) is not kept, and the old file stays', async (format, body) => {
  const headers = { 'content-disposition': 'attachment; filename="it"' };
  const server = await scriptedServer(
    withTokens(({ method }) => (method === 'POST' ? { body: { queryId: 'q' } } : { headers, body })),
  );
  open.push(server);
  const { download } = downloader(server.url, WORKBOOK);
  writeFileSync(join(folder.path, 'old'), 'old');
  const error = await errorOf(download({ format, elementId: 'e' }, { output: 'old', overwrite: true }));
  expect(error).toBeInstanceOf(ExportError);
  expect((error as ExportError).message).toContain(`Sigma did not send a ${format} file: `);
  expect(readFileSync(join(folder.path, 'old'), 'utf8')).toBe('old');
  expect(files()).toEqual(['old']);
});

it('of two downloads to one place, one at most ends well, and what it saved is whole', async () => {
  const { place, download } = await setUp(100_000);
  const whole = await download({ elementId: place.elementId }, { output: 'whole.csv' });
  const outcomes = await Promise.allSettled(
    [1, 2, 3].map(() => download({ elementId: place.elementId }, { output: 'one.csv' })),
  );
  const won = outcomes.filter(({ status }) => status === 'fulfilled');
  expect(won.length).toBeLessThanOrEqual(1);
  for (const outcome of outcomes)
    if (outcome.status === 'rejected')
      expect((outcome.reason as Error).message).toMatch(/Another download|exists already/);
  expect(files()).toEqual(won.length === 1 ? ['one.csv', 'whole.csv'] : ['whole.csv']);
  if (won.length === 1) expect(digest(join(folder.path, 'one.csv'))).toBe(digest(whole.path));
});

it('a place that can not be written is named', async () => {
  const { place, download } = await setUp();
  // In the way of the part, where nobody is kept out by rights.
  mkdirSync(join(folder.path, 'a.csv.part'));
  const error = await errorOf(download({ elementId: place.elementId }, { output: 'a.csv' }));
  expect(error).toBeInstanceOf(ExportError);
  expect((error as ExportError).message).toContain(join(folder.path, 'a.csv'));
  expect(files()).toEqual(['a.csv.part']);
});

it('tokens of warehouses go to the export and nowhere else', async () => {
  const { simulator, download } = await setUp();
  const connectionId = '1f8e9847-c705-41fe-93b0-b80bbaff9730';
  const token = 'tökén-🔑-"quoted"';
  const { workbookId, elementId } = simulator.organization.addExport({
    ...{ columns: ['n'], count: 1, connectionId },
    rows: () => [1],
  });
  const request = { documentId: workbookId, elementId };
  const refused = await errorOf(
    download(request, { headers: oauthHeaders({ oauthOverrides: [], rejectDefaultTokens: true }) }),
  );
  expect(refused).toMatchObject({ code: 'api', context: { status: 403 } });
  await download(request, {
    headers: oauthHeaders({
      oauthOverrides: [{ connection: connectionId, token }],
      rejectDefaultTokens: true,
    }),
  });
  expect(simulator.exports.overrides.endpointsOf(token)).toEqual(['POST /v2/workbooks/{workbookId}/export']);
  expect(oauthHeaders({ oauthOverrides: [], rejectDefaultTokens: false })).toEqual({});
});
