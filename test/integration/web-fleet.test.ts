/** The page over many organizations, and the site of each behind it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FleetConfig } from '../../src/config/fleet.ts';
import { DOWNLOADS, PAGES } from '../../src/operations/web/site-map.ts';
import { type FleetRig, startFleetRig } from '../support/fleet-rig.ts';
import { basic, OWN_FORM } from '../support/web.ts';
import { type FleetWeb, openFleetWeb, PAGE_SETTINGS } from '../support/web-fleet.ts';

const NAMES = ['acme', 'beta', 'gamma', 'delta', 'epsilon'];
const PASSWORD = 'operator-password-1';

let rig: FleetRig;
let config: FleetConfig;
let web: FleetWeb;

/** `acme` is fresh, three have refused credentials, and `epsilon` never ran. */
beforeAll(async () => {
  rig = await startFleetRig(NAMES);
  const broken = (name: string) => {
    const entry = rig.entry(name);
    return { ...entry, sigma: { ...(entry['sigma'] as object), client_secret: 'revoked-0123456789' } };
  };
  config = rig.settings(
    [rig.entry('acme'), ...['beta', 'gamma', 'delta'].map(broken), rig.entry('epsilon')],
    PAGE_SETTINGS,
  );
  await rig.open(config, async (fleet) => {
    for (const { name, sync } of fleet.members)
      if (name !== 'epsilon') await sync.run().catch(() => undefined);
  });
  web = await openFleetWeb(rig, config);
}, 240_000);
afterAll(async () => {
  await web?.[Symbol.asyncDispose]();
  await rig?.[Symbol.asyncDispose]();
});

/** Addresses in a page, with the words in front of them. */
const addressesIn = (text: string): { readonly before: string; readonly address: string }[] =>
  [...text.matchAll(/(<[^<>]*?)\s(?:href|src|action|data-live-path)="([^"]*)"/g)].map(
    ([, before = '', address = '']) => ({ before, address: address.replaceAll('&amp;', '&') }),
  );

/** An address without what differs from object to object: enough pages of a kind are visited. */
const kindOf = (address: string): string =>
  address.replace(/\?.*/s, '').replace(/\/[^/]*\d[^/]*(?=\/|$)/g, '/*');

describe('the page over all', () => {
  it('says how all are, who fails and why, and links to the pages of each', async () => {
    const { status, text } = await web.send('/');
    expect(status).toBe(200);
    expect(text).toContain('<title>Organizations · sigma-sync</title>');
    expect(text).toMatch(/1 of 5 fresh; 3 fail: Sigma refused the client credentials; 1 never synced/);
    expect(text).toMatch(/<strong>3 organizations<\/strong> <span class="error">Sigma refused the client/);
    for (const name of NAMES) expect(text).toContain(`href="/o/${name}/"`);
    expect(text).not.toContain('action="/search"');
    expect(text).not.toContain('revoked-0');
    const order = [...text.matchAll(/<th scope="row"[^>]*><a href="\/o\/(\w+)\/"/g)].map(([, name]) => name);
    expect(order).toEqual(['beta', 'delta', 'gamma', 'epsilon', 'acme']);
    expect(text.length).toBeLessThan(60_000);
  });

  it('searches, filters and sorts', async () => {
    const namesAt = async (path: string): Promise<unknown[]> =>
      [...(await web.send(path)).text.matchAll(/<th scope="row"[^>]*><a href="\/o\/(\w+)\/"/g)].map(
        ([, name]) => name,
      );
    expect(await namesAt('/?text=acm')).toEqual(['acme']);
    expect(await namesAt('/?text=refused')).toEqual(['beta', 'delta', 'gamma']);
    expect(await namesAt('/?state=never')).toEqual(['epsilon']);
    expect(await namesAt('/?sort=-name')).toEqual(['gamma', 'epsilon', 'delta', 'beta', 'acme']);
    expect((await namesAt('/?sort=took'))[0]).toBe('acme');
    expect(await namesAt('/?text=%3Cscript%3E')).toEqual([]);
    expect((await web.send('/?text=%3Cscript%3E')).text).not.toContain('<script>');
  });

  it('downloads what it shows', async () => {
    const { status, headers, text } = await web.send('/organizations.csv?state=failed');
    expect(status).toBe(200);
    expect(headers['content-disposition']).toMatch(/filename="organizations-[\d-]+\.csv"/);
    const [head, ...lines] = text.split('\r\n').slice(0, -1);
    expect(head).toContain('"Organization","State"');
    expect(lines.map((line) => line.split(',').slice(0, 2))).toEqual(
      ['beta', 'delta', 'gamma'].map((name) => [`"${name}"`, '"failed"']),
    );
    expect(lines[0]).toContain('Sigma refused the client credentials');
  });

  it('shows causes as text, whatever is in them', async () => {
    const hostile = `<img src=x onerror="x()"> href="/runs" </details>`;
    await rig.rows(`update sigma_beta_sync.runs set error = '${hostile}'`);
    await using other = await openFleetWeb(rig, config);
    const { text } = await other.send('/');
    expect(text).not.toContain('<img');
    expect(text).toContain('&lt;img src=x onerror=&quot;x()&quot;&gt;');
    const site = await other.send('/o/beta/');
    expect(site.text).not.toContain('<img');
    expect(site.text).toContain('href=&quot;/runs&quot;');
    await rig.rows(
      `update sigma_beta_sync.runs set error = (select error from sigma_gamma_sync.runs limit 1)`,
    );
  });

  it('an organization whose tables can’t be read hides no other', async () => {
    await rig.rows('alter table sigma_acme_sync.runs rename column command to other');
    try {
      await using other = await openFleetWeb(rig, config);
      const { text } = await other.send('/');
      expect(text).toMatch(
        /0 of 5 fresh; 4 fail: Sigma refused the client credentials \(3\), and 1 more cause/,
      );
      expect(text).toMatch(/column [^<]*command[^<]* does not exist/);
    } finally {
      await rig.rows('alter table sigma_acme_sync.runs rename column other to command');
    }
  });

  it('is small and quick with a thousand organizations', async () => {
    const more = Array.from({ length: 1000 }, (_, i) => ({
      name: `org_${i}`,
      sigma: { base_url: 'http://127.0.0.1:1', client_id: `c${i}`, client_secret: `secret-${i}-0123456789` },
    }));
    await using other = await openFleetWeb(rig, rig.settings([rig.entry('acme'), ...more], PAGE_SETTINGS));
    rig.settings([rig.entry('acme')], PAGE_SETTINGS);
    await other.send('/');
    const begun = performance.now();
    const { text } = await other.send('/');
    const tookMs = performance.now() - begun;
    expect(text).toContain('1,001 in all, page 1 of 26');
    expect(text.length).toBeLessThan(60_000);
    // A busy machine is slower; on a quiet one it is below 50 ms.
    expect(tookMs).toBeLessThan(2000);
    expect((await other.send('/?page=26&sort=name')).text).toContain('org_999');
    const file = await other.send('/organizations.csv');
    expect(file.text.split('\r\n')).toHaveLength(1003);
  });
});

describe('the site of one organization', () => {
  it('has all of its addresses below its own, and every page of one organization', async () => {
    const waiting = ['/o/acme/'];
    const seen = new Set(waiting);
    const kinds = new Map<string, number>();
    const visited = new Set<string>();
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      const { status, text, headers } = await web.send(path);
      expect([path, status]).toEqual([path, 200]);
      visited.add(path.replace(/\?.*/s, ''));
      if (headers['content-type']?.startsWith('text/html') !== true) continue;
      expect(text).toMatch(/<title>[^<]* · acme · sigma-sync<\/title>|<section|<div/);
      for (const { before, address } of addressesIn(text)) {
        if (address.startsWith('#') || address.startsWith('https://')) continue;
        if (/\bdata-out\b/.test(before)) {
          expect(address).toBe('/');
          continue;
        }
        expect([path, address, address.startsWith('/o/acme/')]).toEqual([path, address, true]);
        const plain = address.replace(/#.*/s, '');
        const kind = kindOf(plain);
        if (seen.has(plain) || plain.includes('/actions/') || (kinds.get(kind) ?? 0) >= 3) continue;
        seen.add(plain);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        waiting.push(plain);
      }
    }
    const patterns = [...Object.keys(PAGES), ...Object.keys(DOWNLOADS)];
    const isVisited = (pattern: string): boolean => {
      const like = new RegExp(`^/o/acme${pattern.replace(/:\w+/g, '[^/]+')}$`);
      return [...visited].some((path) => like.test(path));
    };
    // Pages of what this organization does not have.
    const without = [
      '/exports/:name',
      '/alerts.csv',
      '/exports.csv',
      '/reports/:id',
      '/reports/:id/access.csv',
    ];
    without.push('/reports.csv', '/access/changes.csv', '/duplicates.csv');
    // Lists that are whole have no link to all of them.
    for (const name of ['broken', 'schedules', 'versions']) without.push(`/reports/:id/${name}.csv`);
    without.push('/streams/:name/partitions.csv', '/exports/:name/runs.csv', '/exports/:name/windows.csv');
    expect(patterns.filter((pattern) => !isVisited(pattern) && !without.includes(pattern))).toEqual([]);
  });

  it('suggests pages below its own address', async () => {
    const { text } = await web.send('/o/acme/search/suggestions?q=members');
    const hits = JSON.parse(text) as { href: string }[];
    expect(hits.length).toBeGreaterThan(0);
    for (const { href } of hits) expect((await web.send(href)).status).toBe(200);
    expect(hits.every(({ href }) => href.startsWith('/o/acme/'))).toBe(true);
  });

  it('says whose it is, and leads back to all', async () => {
    const { text } = await web.send('/o/beta/runs');
    expect(text).toContain('<title>Runs · beta · sigma-sync</title>');
    expect(text).toMatch(
      /<div class="brand"><a data-out href="\/">.*<a href="\/o\/beta\/">beta<\/a><\/div>/s,
    );
    expect((await web.send('/o/beta')).headers.location).toBe('/o/beta/');
    const missing = await web.send('/o/nobody/runs');
    expect([missing.status, missing.text.includes('no organization of this name')]).toEqual([404, true]);
    expect((await web.send('/o/acme/nowhere')).status).toBe(404);
    // Only the process has addresses for probes, and no organization.
    expect((await web.send('/o/acme/healthz')).status).toBe(404);
    expect(JSON.parse((await web.send('/healthz')).text)).toEqual({ status: 'ok' });
    expect(JSON.parse((await web.send('/readyz')).text)).toMatchObject({ status: 'ready' });
  });

  it('takes its own forms, leads back below its address, and takes none of another', async () => {
    const { text } = await web.send('/o/acme/streams/members');
    const [, token = ''] =
      /action="\/o\/acme\/actions\/sync"><input type="hidden" name="subject" value="members"><input type="hidden" name="token" value="([^"]+)"/.exec(
        text,
      ) ?? [];
    expect(token).not.toBe('');
    const body = new URLSearchParams({ subject: 'members', token }).toString();
    const form = { method: 'POST', body, headers: { ...OWN_FORM, origin: web.url } };
    expect((await web.send('/o/epsilon/actions/sync', form)).status).toBe(403);
    expect((await web.send('/actions/sync', form)).status).toBe(404);
    const foreign = { ...form, headers: { ...OWN_FORM, origin: 'https://example.com' } };
    expect((await web.send('/o/acme/actions/sync', foreign)).status).toBe(403);
    const before = await rig.rows('select count(*)::integer as n from sigma_acme_sync.runs');
    const answer = await web.send('/o/acme/actions/sync', form);
    expect([answer.status, answer.headers.location]).toEqual([303, '/o/acme/streams/members']);
    await expect
      .poll(
        () =>
          rig.rows(`select count(*)::integer as n from sigma_acme_sync.runs where finished_at is not null`),
        {
          timeout: 60_000,
          interval: 200,
        },
      )
      .toEqual([{ n: Number(before[0]?.['n']) + 1 }]);
    // The token of a page is not squeezed together with its text.
    const packed = await web.send('/o/acme/streams/members', { headers: { 'accept-encoding': 'gzip' } });
    expect(packed.headers['content-encoding']).toBeUndefined();
    expect(packed.headers['cache-control']).toBe('no-store');
  });
});

describe('rights', () => {
  it('those of the page over all hold for each organization', async () => {
    const locked = rig.settings([rig.entry('acme'), rig.entry('epsilon')], {
      ...PAGE_SETTINGS,
      service: {
        port: 0,
        password: PASSWORD,
        viewer_password: 'viewer-password-1',
        token: 'token-0123456789abc',
      },
    });
    await using other = await openFleetWeb(rig, locked);
    for (const path of ['/', '/o/acme/', '/o/nobody/', '/organizations.csv'])
      expect([path, (await other.send(path)).status]).toEqual([path, 401]);
    expect((await other.send('/healthz')).status).toBe(200);
    const as = (authorization: string, path: string) => other.send(path, { headers: { authorization } });
    const stream = '/o/acme/streams/members';
    expect((await as(basic(PASSWORD), stream)).text).toContain('action="/o/acme/actions/sync"');
    const viewed = await as(basic('viewer-password-1', 'viewer'), stream);
    expect([viewed.status, viewed.text.includes('/actions/')]).toEqual([200, false]);
    expect((await as('Bearer token-0123456789abc', '/organizations.csv')).status).toBe(200);
    const rebound = { authorization: basic(PASSWORD), host: 'evil.example.com' };
    expect((await other.send('/o/acme/', { headers: rebound })).status).toBe(421);
    const post = { ...OWN_FORM, authorization: basic('viewer-password-1', 'viewer'), origin: other.url };
    const body = new URLSearchParams({ subject: 'members', token: 'x' }).toString();
    const refused = await other.send('/o/acme/actions/sync', { method: 'POST', body, headers: post });
    expect([refused.status, refused.text]).toEqual([403, expect.stringContaining('viewer')]);
  });
});
