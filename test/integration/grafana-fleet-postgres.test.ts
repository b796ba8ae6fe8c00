/** The dashboard over the answers with many organizations: the selector shows each of them alone, and all together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { EventBus } from '../../src/core/events/bus.ts';
import { type FleetRig, startFleetRig } from '../support/fleet-rig.ts';

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly type: string;
    readonly targets?: readonly { readonly rawSql: string }[];
  }[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly query: string; readonly allValue?: string }[];
  };
}

const FILE = join(import.meta.dirname, '../../deploy/grafana/sigma-usage.json');
const { panels, templating } = JSON.parse(readFileSync(FILE, 'utf8')) as Dashboard;
const selector = templating.list.find(({ name }) => name === 'organization');
const asked = panels.flatMap(({ title, type, targets = [] }) =>
  targets.map(({ rawSql }) => ({ title, type, rawSql })),
);

let rig: FleetRig;
beforeAll(async () => {
  rig = await startFleetRig(['acme', 'beta']);
  const config = rig.settings([rig.entry('acme'), rig.entry('beta')]);
  await rig.open(config, async (fleet) => {
    for (const { app, sync } of fleet.members) {
      expect((await sync.run({ streams: [] })).status).toBe('complete');
      const { error } = await refreshAnalytics({
        ...{ database: await rig.database(), schemas: app.schemas, events: new EventBus() },
        settings: { enabled: true, staleDays: 30, internalDomains: [], auditLog: undefined },
        now: () => performance.now(),
      });
      expect(error).toBeUndefined();
    }
    expect((await fleet.refreshViews()).failed).toEqual([]);
  });
}, 240_000);
afterAll(() => rig[Symbol.asyncDispose]());

/** The statement with the variables that Grafana fills in. */
const filled = (sql: string, schema: string, organization = selector?.allValue ?? ''): string =>
  sql
    .replaceAll(/\$\{schema:raw\}/g, schema)
    .replaceAll(/\$\{organization:raw\}/g, organization)
    .replaceAll(/\$__timeFilter\(([\w.]+)\)/g, "$1 between now() - interval '90 days' and now()");

const choices = (schema: string) => rig.rows(filled(selector?.query ?? '', schema));

it('offers each organization over all of them, and nothing but all of one alone', async () => {
  expect(await choices('sigma_all')).toEqual([
    { __value: "organization = 'acme'", __text: 'acme' },
    { __value: "organization = 'beta'", __text: 'beta' },
  ]);
  expect(await choices('sigma_acme_analytics')).toEqual([]);
});

it.each(asked)('$title', async ({ type, rawSql }) => {
  const [first, second] = (await choices('sigma_all')).map(({ __value }) => String(__value));
  const alone = await rig.rows(filled(rawSql, 'sigma_acme_analytics'));
  // One of them is what it is by itself, whatever the order of what is equal.
  const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
  expect(sorted(await rig.rows(filled(rawSql, 'sigma_all', first)))).toEqual(sorted(alone));
  const all = await rig.rows(filled(rawSql, 'sigma_all'));
  if (type !== 'stat') return;
  const other = await rig.rows(filled(rawSql, 'sigma_all', second));
  const sum = [...alone, ...other].reduce((total, { n }) => total + Number(n), 0);
  expect(Number(all[0]?.['n'])).toBe(sum);
});
