/** An export job against the simulator, whose answers take every form there is; no test waits. */
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultRule } from '../../simulator/http/faults.ts';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../simulator/server.ts';
import { ApiError, ExportError, InterruptedError, NetworkError } from '../../src/core/errors.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { openSigmaClient } from '../../src/sigma/client.ts';
import { type ExportJob, type ExportJobOptions, startExport } from '../../src/sigma/export-job.ts';
import type { Download } from '../../src/sigma/export-result.ts';
import { fileNameOf } from '../../src/sigma/file-name.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { type ScriptedAnswer, scriptedServer, withTokens } from '../support/scripted-server.ts';

const MINUTE = 60_000;
const EXPORT = 'POST /v2/workbooks/{workbookId}/export';
const DOWNLOAD = 'GET /v2/query/{queryId}/download';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const item of open.splice(0)) await item.close();
});

interface Setup {
  readonly simulator: Simulator;
  readonly clock: FakeClock;
  start(format?: string, options?: Partial<ExportJobOptions>): Promise<ExportJob>;
  faults(kind: NonNullable<FaultRule['kinds'][number]>, times: number): void;
}

async function setUp(options: SimulatorOptions = {}, rows = 3, file?: string): Promise<Setup> {
  const organization = { workbooks: 3 };
  const simulator = await startSimulator({ organization, exportsPerMinute: 60_000, ...options });
  const place = simulator.organization.addExport({
    columns: ['n'],
    count: rows,
    rows: (i) => [`row ${i}`],
    ...(file === undefined ? {} : { file }),
  });
  const clock = fakeClock();
  const client = clientOf(simulator.url, clock, simulator);
  open.push(client, simulator);
  return {
    simulator,
    clock,
    start: (type = 'csv', more = {}) =>
      startExport(
        {
          document: { kind: 'workbook', id: place.workbookId },
          body: { elementId: place.elementId, format: { type } },
          stream: 'test',
        },
        { client, clock, timeoutMs: 30 * MINUTE, ...more },
      ),
    faults: (kind, times) =>
      simulator.faults.inject({ kinds: [kind], match: '/download$', times, maxInARow: 1000 }),
  };
}

function clientOf(baseUrl: string, clock: FakeClock, credentials = { clientId: 'i', clientSecret: 's' }) {
  return openSigmaClient({
    baseUrl,
    credentials: () => credentials,
    events: new EventBus(),
    clock,
    concurrency: 4,
    exportsPerMinute: 60_000,
    timeoutMs: 5000,
    retry: { maxAttempts: 5, baseMs: 500, maxMs: 30_000 },
  });
}

async function textOf({ chunks }: Download): Promise<string> {
  const read: Buffer[] = [];
  for await (const chunk of chunks) read.push(chunk);
  return Buffer.concat(read).toString();
}

const CSV = 'n\nrow 0\nrow 1\nrow 2\n';
const errorOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (e: unknown) => e,
  );

describe('a job that runs', () => {
  it.each(['204', 'empty-200', 'envelope-204', '404', 'mixed'] as const)('answers %s', async (running) => {
    const { simulator, clock, start } = await setUp({ exportJob: { polls: 12 } });
    simulator.faults.set({ exports: { running } });
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(1);
    expect(simulator.counters.of(DOWNLOAD)).toBe(13);
    expect(clock.waits).toEqual([500, 1000, 2000, 4000, 8000, ...Array.from({ length: 7 }, () => 10_000)]);
  });

  it('is given up after its timeout, and says how to give it longer', async () => {
    const { simulator, clock, start } = await setUp({ exportJob: { polls: 10_000 } });
    const began = clock.now();
    const error = await errorOf((await start('csv', { timeoutMs: 5 * MINUTE })).open());
    expect(error).toBeInstanceOf(ExportError);
    expect(error).toMatchObject({ message: expect.stringContaining('5 minutes') });
    expect(String((error as ExportError).advice)).toContain('timeout');
    expect(clock.now() - began).toBeLessThan(5 * MINUTE + 10_001);
    expect(clock.now() - began).toBeGreaterThanOrEqual(5 * MINUTE);
    expect(simulator.counters.of(EXPORT)).toBe(1);
  });

  it('and answers 404 for longer than a lost one would is waited for in the end', async () => {
    // Each start runs for 15 minutes; the first two are taken for lost after ten.
    const { simulator, clock, start } = await setUp({ exportJob: { polls: 94 } });
    simulator.faults.set({ exports: { running: '404' } });
    const began = clock.now();
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(3);
    expect(clock.now() - began).toBeLessThan(40 * MINUTE);
  });

  it('stops with the signal', async () => {
    const { start } = await setUp({ exportJob: { polls: 10_000 } });
    const controller = new AbortController();
    // Nothing else may end it first, however slow the machine is.
    const job = await start('csv', { signal: controller.signal, timeoutMs: 10_000 * MINUTE });
    setTimeout(() => controller.abort(new InterruptedError('Stopped.')), 30);
    expect(await errorOf(job.open())).toBeInstanceOf(InterruptedError);
  });
});

describe('a result', () => {
  it('that is not found early is asked for again', async () => {
    const { start, faults } = await setUp();
    faults('early-404', 3);
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(1);
  });

  it('that was never there is exported again after ten minutes, three times in all', async () => {
    const { simulator, clock, start, faults } = await setUp();
    faults('expired-query', 10_000);
    const began = clock.now();
    const error = await errorOf((await start()).open());
    expect(error).toMatchObject({ code: 'export', message: expect.stringContaining('30 minutes') });
    expect(simulator.counters.of(EXPORT)).toBe(3);
    expect((clock.now() - began) / MINUTE).toBeCloseTo(50, -1);
  });

  it('that expired between two readings is exported again at once', async () => {
    const { simulator, clock, start } = await setUp();
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    simulator.exports.jobs.expire();
    const before = clock.now();
    const second = await job.open();
    expect(await textOf(second)).toBe(CSV);
    expect(job.queryIds).toHaveLength(2);
    expect(second.queryId).toBe(job.queryIds[1]);
    expect(clock.now() - before).toBeLessThan(5000);
    simulator.exports.jobs.expire();
    await textOf(await job.open());
    simulator.exports.jobs.expire();
    expect(await errorOf(job.open())).toMatchObject({ message: 'The result of the export is gone.' });
    expect(simulator.counters.of(EXPORT)).toBe(3);
  });

  it('whose new export is refused tells of the refusal', async () => {
    const { simulator, start } = await setUp();
    const job = await start();
    await textOf(await job.open());
    simulator.exports.jobs.expire();
    simulator.faults.set({ missing: ['/export$'] });
    const error = await errorOf(job.open());
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).context).toMatchObject({ method: 'POST', status: 404 });
  });

  it('of no rows is a result', async () => {
    const { start } = await setUp({}, 0);
    expect(await textOf(await (await start('jsonl')).open())).toBe('');
    expect(await textOf(await (await start('csv')).open())).toBe('n\n');
    expect(await textOf(await (await start('json')).open())).toBe('[]');
  });

  it.each(['', '\ufeff', '\n'])(
    'of no bytes is told within minutes, as no format has such a file: %j',
    async (file) => {
      const { simulator, clock, start } = await setUp({}, 0, file);
      for (const format of ['csv', 'json']) {
        const [began, before] = [clock.now(), simulator.counters.of(EXPORT)];
        const error = await errorOf((await start(format, { timeoutMs: 60 * MINUTE })).open());
        expect(error).toBeInstanceOf(ExportError);
        expect(error).toMatchObject({ message: 'Sigma wrote a file of 0 bytes, without even a header.' });
        expect(clock.now() - began).toBeLessThan(2 * MINUTE);
        // Another export might have mended it.
        expect(simulator.counters.of(EXPORT) - before).toBe(3);
      }
      expect((await textOf(await (await start('jsonl')).open())).trim()).toBe('');
    },
  );

  it('of no bytes and without a name may be an answer of a job that runs, for a while', async () => {
    let asked = 0;
    let until = 100;
    const server = await scriptedServer(
      withTokens(({ method }): ScriptedAnswer => {
        if (method === 'POST') return { body: { queryId: `q${++asked}` } };
        return { headers: { 'content-type': 'text/csv' }, body: until-- > 0 ? '' : CSV };
      }),
    );
    const clock = fakeClock();
    const client = clientOf(server.url, clock);
    open.push(client, server);
    const body = { format: { type: 'csv' } };
    const start = () =>
      startExport(
        { document: { kind: 'workbook', id: 'w' }, body, stream: 'test' },
        { client, clock, timeoutMs: 60 * MINUTE },
      );
    until = 30;
    expect(await textOf(await (await start()).open())).toBe(CSV);
    expect(asked).toBe(1);
    until = 10_000;
    const began = clock.now();
    const error = await errorOf((await start()).open());
    expect(error).toMatchObject({ message: 'Sigma wrote a file of 0 bytes, without even a header.' });
    expect(clock.now() - began).toBeLessThan(35 * MINUTE);
  });

  it('that is cut in its middle can be read again', async () => {
    const { simulator, start, faults } = await setUp({ exportJob: { polls: 0 } }, 200_000);
    faults('cut', 1);
    const job = await start();
    const first = await job.open();
    const error = await errorOf(textOf(first));
    expect(error).toBeInstanceOf(NetworkError);
    expect((error as NetworkError).context.path).toContain(first.queryId);
    expect((await textOf(await job.open())).split('\n')).toHaveLength(200_002);
    expect(simulator.counters.of(EXPORT)).toBe(1);
  });

  it('that is cut before it tells what it is is asked for again, five times', async () => {
    // JSON lines this short are read to their end before anything is handed out.
    const { start, faults } = await setUp();
    faults('cut', 4);
    expect((await textOf(await (await start('jsonl')).open())).split('\n')).toHaveLength(4);
    faults('cut', 1000);
    expect(await errorOf((await start('jsonl')).open())).toBeInstanceOf(NetworkError);
  });
});

describe('an answer that is no data', () => {
  it('a page of HTML goes away', async () => {
    const { start, faults } = await setUp();
    faults('html-200', 3);
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(1);
  });

  it('a page that stays: exported again, three times in all, then a clear error', async () => {
    const { simulator, start, faults } = await setUp();
    faults('html-200', 6);
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(2);
    faults('html-200', 1000);
    simulator.counters.reset();
    expect(await errorOf((await start()).open())).toMatchObject({
      code: 'export',
      message: expect.stringContaining('HTML'),
    });
    expect(simulator.counters.of(EXPORT)).toBe(3);
    expect(simulator.counters.of(DOWNLOAD)).toBe(12);
  });

  it('an envelope with 500: exported again, then an error', async () => {
    const { simulator, start, faults } = await setUp();
    faults('envelope-500', 2);
    const job = await start();
    expect(await textOf(await job.open())).toBe(CSV);
    expect(job.queryIds).toHaveLength(3);
    faults('envelope-500', 1000);
    simulator.counters.reset();
    expect(await errorOf((await start()).open())).toMatchObject({
      code: 'export',
      message: expect.stringContaining('could not make'),
    });
    expect(simulator.counters.of(EXPORT)).toBe(3);
  });

  it('a status of 500: asked twice, exported again, then the error itself', async () => {
    const { simulator, start, faults } = await setUp();
    faults('500', 1000);
    const error = await errorOf((await start()).open());
    expect(error).toBeInstanceOf(ApiError);
    expect((error as ApiError).context.status).toBe(500);
    expect(simulator.counters.of(EXPORT)).toBe(3);
    expect(simulator.counters.of(DOWNLOAD)).toBe(6);
  });

  it('a job that is started again has all of the time', async () => {
    const { simulator, clock, start, faults } = await setUp({ exportJob: { polls: 70 } });
    const job = await start('csv', { timeoutMs: 15 * MINUTE });
    const began = clock.now();
    const { sleep } = clock;
    clock.sleep = async (ms, signal) => {
      // The first one fails after nine minutes; the second takes more than the six that would be left.
      if (clock.waits.length === 0) {
        clock.advance(9 * MINUTE);
        faults('envelope-500', 1);
      }
      await sleep(ms, signal);
    };
    expect(await textOf(await job.open())).toBe(CSV);
    expect(simulator.counters.of(EXPORT)).toBe(2);
    expect(clock.now() - began).toBeGreaterThan(15 * MINUTE);
  });
});

describe('a server that tells other things', () => {
  async function opened(answer: ScriptedAnswer): Promise<Download> {
    const server = await scriptedServer(
      withTokens(({ method }) => (method === 'POST' ? { body: { queryId: 'q/1' } } : answer)),
    );
    const clock = fakeClock();
    const client = clientOf(server.url, clock);
    open.push(client, server);
    const request = { document: { kind: 'workbook', id: 'w' } as const, body: {}, stream: 'test' };
    return (await startExport(request, { client, clock, timeoutMs: MINUTE })).open();
  }

  it('a file whose first label looks like a tag is a file', async () => {
    const headers = { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="a.csv"' };
    expect(await textOf(await opened({ headers, body: '<b>,c\n1,2\n' }))).toBe('<b>,c\n1,2\n');
    const page = await errorOf(opened({ headers, body: '<!DOCTYPE html><html></html>' }));
    expect(page).toMatchObject({ message: expect.stringContaining('HTML') });
  });

  it('an envelope of another kind is not taken for data', async () => {
    expect(await errorOf(opened({ body: { status: 200, download: 'https://elsewhere' } }))).toMatchObject({
      message: expect.stringContaining('envelope'),
    });
    expect(await textOf(await opened({ body: '{"status":200,"Name":"a row"}' }))).toContain('a row');
  });

  it('no queryId', async () => {
    const server = await scriptedServer(withTokens(() => ({ body: { message: 'no' } })));
    const clock = fakeClock();
    const client = clientOf(server.url, clock);
    open.push(client, server);
    const request = { document: { kind: 'workbook', id: 'w' } as const, body: {}, stream: 'test' };
    const error = await errorOf(startExport(request, { client, clock, timeoutMs: MINUTE }));
    expect(error).toMatchObject({ message: expect.stringContaining('queryId') });
  });
});

it.each([
  [undefined, undefined],
  ['inline', undefined],
  ['attachment; filename=""', undefined],
  ['attachment; filename="a b.pdf"', 'a b.pdf'],
  ['attachment; filename=plain.pdf; size=3', 'plain.pdf'],
  [String.raw`attachment; filename="a\"b.pdf"`, 'a"b.pdf'],
  [`attachment; filename="x.pdf"; filename*=UTF-8''%C3%A9.pdf`, 'é.pdf'],
  [`attachment; filename*=utf-8'de'%C3%A9.pdf ; filename="x.pdf"`, 'é.pdf'],
  [`attachment; filename="x.pdf"; filename*=UTF-8''%E9.pdf`, 'x.pdf'],
])('%s names %s', (disposition, name) => {
  expect(fileNameOf(disposition)).toBe(name);
});
