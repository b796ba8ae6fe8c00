/** Every panel of the dashboard over the answers, asked as Grafana asks it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { models } from '../../src/analytics/model-catalogue.ts';
import { refreshAnalytics } from '../../src/analytics/refresh-analytics.ts';
import { catalogue } from '../../src/extractors/catalogue.ts';
import { type Rig, startRig } from '../support/rig.ts';

interface Target {
  readonly rawSql: string;
  readonly format: string;
  readonly datasource: { readonly uid: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly Target[];
  readonly fieldConfig?: {
    readonly overrides: readonly {
      readonly matcher: { readonly id: string; readonly options: string };
      readonly properties: readonly unknown[];
    }[];
  };
  readonly options?: { readonly xField?: string };
}

const FILE = join(import.meta.dirname, '../../deploy/grafana/sigma-usage.json');
const { panels, templating } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};
const asked = panels.flatMap((panel) => (panel.targets ?? []).map((target) => ({ panel, target })));

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    organization: { seed: 11, workbooks: 30, members: 20, teams: 4, grants: 120 },
    streams: catalogue,
  });
  await rig.sync();
  rig.simulator.organization.mutate(60);
  await rig.sync();
  const { error } = await refreshAnalytics({
    ...{ database: rig.test.database, schemas: rig.test.schemas, events: rig.events },
    settings: { enabled: true, staleDays: 30, internalDomains: [], auditLog: undefined },
    now: () => performance.now(),
  });
  expect(error).toBeUndefined();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** The values that Grafana puts in for its variables and macros. */
function filledIn({ rawSql }: Target): string {
  const sql = rawSql
    .replaceAll(/\$\{schema:raw\}/g, 'sigma_analytics')
    // "All", the only choice of one organization.
    .replaceAll(/\$\{organization:raw\}/g, 'true')
    .replaceAll(/\$__timeFilter\(([\w.]+)\)/g, "$1 between now() - interval '90 days' and now()");
  expect(sql).not.toContain('$');
  return sql;
}

it.each(asked.map((one) => [one.panel.title, one] as const))('%s', async (_, { panel, target }) => {
  // The reader of a dashboard may change nothing.
  const rows = await rig.test.database.transaction(async (session) => {
    await session.query('set transaction read only');
    return session.query<Record<string, unknown>>(filledIn(target));
  });
  expect(rows.length).toBeGreaterThan(0);
  const [row = {}] = rows;
  if (panel.type === 'stat') {
    expect(rows).toHaveLength(1);
    expect(Number(row['n'])).toBeGreaterThan(0);
  }
  if (target.format === 'time_series') {
    expect(Object.keys(row)).toEqual(['time', 'metric', 'value']);
    const times = rows.map(({ time }) => new Date(String(time)).getTime());
    expect(times).toEqual([...times].sort((a, b) => a - b));
    for (const { metric, value } of rows) {
      expect(metric).toBeTypeOf('string');
      expect(Number(value)).not.toBeNaN();
    }
  }
  for (const { matcher } of panel.fieldConfig?.overrides ?? []) {
    expect(Object.keys(row), `override of ${matcher.options}`).toContain(matcher.options);
  }
  for (const [, field = ''] of JSON.stringify(panel.fieldConfig).matchAll(/__data\.fields\.(\w+)/g)) {
    expect(row[field]).toMatch(/^https?:/);
  }
  const { xField } = panel.options ?? {};
  if (xField !== undefined) expect(row[xField]).toBeTypeOf('string');
});

it('has its runs by hour add up to those of the model', async () => {
  const target = asked.find(({ panel }) => panel.title === 'Runs by hour of the week')?.target;
  const { shown, there } = await rig.test.database.session(async (session) => {
    const rows = await session.query<Record<string, unknown>>(filledIn(target as Target));
    const [all] = await session.query<{ runs: string }>(
      'select sum(runs) as runs from sigma_analytics.schedule_load',
    );
    const days = rows.flatMap(({ hour: _, ...rest }) => Object.values(rest));
    return { shown: days.reduce<number>((sum, runs) => sum + Number(runs), 0), there: Number(all?.runs) };
  });
  expect(there).toBeGreaterThan(0);
  // Each of the 168 is rounded to a tenth.
  expect(Math.abs(shown - there)).toBeLessThan(168 * 0.05);
});

it('asks known models of the chosen data source, and covers each theme', () => {
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'schema', 'organization']);
  const used = new Set<string>();
  for (const { target } of asked) {
    expect(target.datasource.uid).toMatch(/^\$\{datasource\}$/);
    for (const [, name = ''] of target.rawSql.matchAll(/\$\{schema:raw\}\.(\w+)/g)) used.add(name);
  }
  expect([...used].filter((name) => !models.some((model) => model.name === name))).toEqual([]);
  for (const wanted of [
    'growth',
    'stale_workbooks',
    'access_exposure',
    'licence_use',
    'schedule_load',
    'broken_elements',
  ])
    expect(used).toContain(wanted);
});

it('lays its panels out side by side, each with an id and a description', () => {
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const taken = new Map<string, string>();
  for (const { title, type, description, gridPos } of panels) {
    if (type !== 'row') expect(description, title).toMatch(/\.$/);
    expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x} ${y}`), `${title} lies on it`).toBeUndefined();
        taken.set(`${x} ${y}`, title);
      }
    }
  }
});
