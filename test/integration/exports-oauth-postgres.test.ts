// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables in the settings file look like that.
/** Override tokens: sent where data is asked for and nowhere else, and shown nowhere whatever goes wrong. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Config } from '../../src/config/schema.ts';
import { logEvents } from '../../src/core/logging/log-events.ts';
import { createLogger } from '../../src/core/logging/logger.ts';
import { REDACTED } from '../../src/core/logging/redact.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { runExports } from '../../src/exports/run-exports.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { scratchFolder } from '../support/cli.ts';
import { type EchoMode, echoingProxy } from '../support/echoing-proxy.ts';
import { impatient, startExportRig } from '../support/export-rig.ts';

/** With what JSON, URLs and shells spell in other ways. */
const TOKEN = 'canary-token-7d1e+/=&"x';
const OTHER = 'canary-other-token';

/** Every way in which it can be spelled, and a part that no spelling changes. */
const CANARIES = [
  ...[TOKEN, encodeURIComponent(TOKEN), Buffer.from(TOKEN).toString('base64'), 'canary-token-7d1e'],
  OTHER,
];

const FAILURES: readonly (readonly [name: string, mode: EchoMode])[] = [
  ['a bad request', { refuse: 400 }],
  ['a refusal', { refuse: 403 }],
  ['an unknown workbook', { refuse: 404 }],
  ['too many requests', { refuse: 429 }],
  ['an internal error', { refuse: 500 }],
  ['a bad gateway', { refuse: 502 }],
  ['a page of HTML', 'page'],
  ['an envelope', 'envelope'],
  ['a download that is cut', 'cut'],
  ['a redirect to another host', 'redirect'],
];

it('tokens reach the export endpoint, and no event, log, error or table', async () => {
  await using rig = await startExportRig();
  const { organization, exports } = rig.simulator;
  const [connection = ''] = organization.connections.list.toArray().map(({ id }) => id);
  const place = organization.addExport({
    columns: ['Name', { label: 'Amount', type: 'number' }],
    count: 40,
    rows: (i) => [`row ${i}`, i],
    connectionId: connection,
  });
  await using proxy = await echoingProxy(rig.simulator.url);
  using folder = scratchFolder();
  const config = settings(folder.path, proxy.url, place, connection);
  const app = createApp({ config, clock: impatient(systemClock), cacheDirectory: folder.path });
  const events: string[] = [];
  app.events.onAny((name, fields) => events.push(`${name} ${JSON.stringify(fields)}`));
  const log: string[] = [];
  for (const format of ['json', 'text'] as const) {
    const stream = new Writable({
      write(chunk: Buffer, _, done) {
        log.push(chunk.toString());
        done();
      },
    });
    logEvents(app.events, createLogger({ level: 'debug', format, secrets: app.secrets, stream }));
  }
  const client = await app.openClient();
  const shown: [string, string][] = [];
  const run = async (what: string, definition: ExportDefinition | undefined): Promise<string> => {
    const chosen = definition === undefined ? [] : [definition];
    const engine = app.exportEngine(rig.test.database, client);
    const result = await runExports(engine, { exports: chosen, signal: new AbortController().signal });
    const text = inspect(result, {
      depth: 20,
      showHidden: true,
      maxStringLength: null,
      maxArrayLength: null,
    });
    shown.push([`the result of ${what}`, text]);
    return result.report.exports[0]?.status ?? 'none';
  };
  const [withTokens, without] = app.exports;

  expect(await run('a good run', withTokens)).toBe('complete');
  expect(exports.overrides.endpointsOf(TOKEN)).toEqual(['POST /v2/workbooks/{workbookId}/export']);
  for (const [what, mode] of FAILURES) {
    const echoes = proxy.echoes();
    proxy.mode = mode;
    expect(await run(what, withTokens), what).toBe('failed');
    expect(proxy.echoes(), what).toBeGreaterThan(echoes);
  }
  proxy.mode = undefined;
  // Sigma would fall back on a token of its own, and may not.
  expect(await run('an export without a token', without)).toBe('failed');
  expect(shown.at(-1)?.[1]).toContain(connection);
  expect(await run('the last run', withTokens)).toBe('complete');
  await client.close();

  // Every request that had one of the headers, the metadata that was read for the comments included.
  expect(new Set(exports.overrides.requests.map(({ endpoint }) => endpoint))).toEqual(
    new Set(['POST /v2/workbooks/{workbookId}/export']),
  );
  expect(exports.overrides.endpointsOf(OTHER)).toEqual(exports.overrides.endpointsOf(TOKEN));
  const places: [string, string][] = [
    ['the events', events.join('\n')],
    ['the log', log.join('')],
    ...shown,
    ...(await tablesOf(rig.query)),
  ];
  // The server did repeat the request, and the text arrived without the tokens.
  expect(shown[1]?.[1]).toContain('what was sent');
  expect(shown[1]?.[1]).toContain(REDACTED);
  expect(events.length).toBeGreaterThan(100);
  expect(log.length).toBeGreaterThan(events.length);
  for (const [where, text] of places)
    for (const canary of CANARIES)
      expect(text.includes(canary), `${canary} in ${where}: ${around(text, canary)}`).toBe(false);
});

/** Settings of two exports of the same element, of which the second has no token and may use no other. */
function settings(
  cwd: string,
  baseUrl: string,
  { workbookId, elementId }: { workbookId: string; elementId: string },
  connection: string,
): Config {
  const yaml = `
sigma: { max_attempts: 3 }
sync: { exports_per_minute: 10000 }
exports:
  - name: mine
    workbook: ${workbookId}
    element: ${elementId}
    oauth_overrides:
      - { connection: ${connection}, token: "\${WAREHOUSE_TOKEN}" }
      - { connection: another, token: "\${OTHER_TOKEN}" }
    reject_default_tokens: true
  - name: default
    workbook: ${workbookId}
    element: ${elementId}
    reject_default_tokens: true
`;
  writeFileSync(join(cwd, 'settings.yaml'), yaml);
  const env = {
    SIGMA_BASE_URL: baseUrl,
    SIGMA_CLIENT_ID: 'simulator-client',
    SIGMA_CLIENT_SECRET: 'simulator-secret',
    WAREHOUSE_TOKEN: TOKEN,
    OTHER_TOKEN: OTHER,
  };
  return loadConfig({ cwd, env, file: 'settings.yaml' });
}

type Query = <T extends Record<string, unknown>>(sql: string) => Promise<T[]>;

/** Every row of every table of ours, as text, and the comments. */
async function tablesOf(query: Query): Promise<[string, string][]> {
  const found = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'sigma%'`,
  );
  const texts: [string, string][] = [];
  for (const { name } of found) {
    const rows = await query<{ text: string }>(`select t::text as text from ${name} t`);
    texts.push([name, rows.map(({ text }) => text).join('\n')]);
  }
  const comments = await query<{ text: string }>('select description as text from pg_description');
  texts.push(['comments', comments.map(({ text }) => text).join('\n')]);
  const names = texts.filter(([, text]) => text !== '').map(([name]) => name);
  expect(names).toEqual(
    expect.arrayContaining(['sigma_sync.runs', 'sigma_sync.export_runs', 'sigma_data.mine']),
  );
  return texts;
}

function around(text: string, canary: string): string {
  const at = text.indexOf(canary);
  return at < 0 ? '' : text.slice(Math.max(0, at - 80), at + 20);
}
