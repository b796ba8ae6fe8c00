/** The dashboard and the alert rules know no metric that is not there. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EventBus } from '../../src/core/events/bus.ts';
import {
  ALL_METRICS,
  type Definition,
  FLEET_METRICS,
  PREFIX,
  QUEUE_METRICS,
} from '../../src/operations/metrics/definitions.ts';
import { makeInstruments } from '../../src/operations/metrics/instruments.ts';
import { openMetrics } from '../../src/operations/metrics/open-metrics.ts';
import { schemasFor } from '../../src/state/schemas.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
}

interface Rules {
  readonly groups: readonly {
    readonly rules: readonly { readonly alert: string; readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(readFileSync(join(DEPLOY, 'grafana/sigma-sync.json'), 'utf8')) as Dashboard;
const rules = (parse(readFileSync(join(DEPLOY, 'prometheus/alerts.yml'), 'utf8')) as Rules).groups.flatMap(
  (group) => group.rules,
);
const panelExpressions = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ where: title, expr })),
  ),
  ...dashboard.annotations.list.map(({ expr }) => ({ where: 'annotation', expr })),
];
const expressions = [...panelExpressions, ...rules.map(({ alert, expr }) => ({ where: alert, expr }))];

/** Names of every series there is, with its labels. */
const known = (() => {
  const { registry, close } = openMetrics({
    ...{ events: new EventBus(), schemas: () => schemasFor('sigma') },
    database: () => Promise.reject(new Error('not here')),
    watched: () => ({ streams: [], exports: [], schedules: [], targetSeconds: () => 1 }),
  });
  close();
  // Planners of many organizations have these, too.
  makeInstruments(registry, { ...FLEET_METRICS, ...QUEUE_METRICS });
  const labels = new Map(
    Object.values<Definition>(ALL_METRICS).map((metric) => [
      PREFIX + metric.name,
      Object.keys(metric.labels),
    ]),
  );
  const series = new Map<string, readonly string[]>([['up', []]]);
  for (const { name, type } of registry.getMetricsAsArray()) {
    const own = labels.get(name) ?? [];
    const isHistogram = String(type) === 'histogram';
    for (const suffix of isHistogram ? ['_bucket', '_sum', '_count'] : [''])
      series.set(`${name}${suffix}`, suffix === '_bucket' ? [...own, 'le'] : own);
  }
  return series;
})();

const WORDS = new Set([
  'and',
  'or',
  'unless',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'bool',
  'offset',
]);

/** Metrics of an expression with the labels they are chosen by, and labels that it groups by. */
function partsOf(expr: string): { metrics: { name: string; labels: string[] }[]; grouped: string[] } {
  const text = expr.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/\[[^\]]*\]/g, '');
  const grouped = [...text.matchAll(/\b(?:by|on|without|ignoring)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list.split(',').map((label) => label.trim()),
  );
  const rest = text.replace(/\b(?:by|on|without|ignoring)\s*\([^)]*\)/g, ' ');
  const metrics = [...rest.matchAll(/(?<![\w$.])([a-zA-Z_]\w*)\s*(\{[^}]*\}|\(|)/g)].flatMap(
    ([, name = '', after = '']) => {
      if (WORDS.has(name) || after === '(') return [];
      return [
        { name, labels: [...after.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label) },
      ];
    },
  );
  return { metrics, grouped };
}

/** Labels that Prometheus adds. */
const ADDED = ['job', 'instance'];

describe('dashboard and rules', () => {
  it('are there', () => {
    expect(panelExpressions.length).toBeGreaterThan(30);
    expect(rules.length).toBeGreaterThanOrEqual(10);
  });

  it.each(expressions)('$where: $expr', ({ expr }) => {
    const { metrics, grouped } = partsOf(expr);
    expect(metrics.length).toBeGreaterThan(0);
    const possible = new Set(ADDED);
    for (const { name, labels } of metrics) {
      expect([...known.keys()]).toContain(name);
      const own = [...(known.get(name) ?? []), ...ADDED];
      for (const label of own) possible.add(label);
      for (const label of labels) expect(own, `${name}{${label}}`).toContain(label);
    }
    for (const label of grouped) expect([...possible], `by (${label})`).toContain(label);
  });

  it('a name that is not there would be seen', () => {
    const { metrics, grouped } = partsOf(
      'sum by (lane) (rate(sigma_sync_gone_total{job=~"a b", lane="x"}[5m])) > 2 * up',
    );
    expect(metrics).toEqual([
      { name: 'sigma_sync_gone_total', labels: ['job', 'lane'] },
      { name: 'up', labels: [] },
    ]);
    expect(grouped).toEqual(['lane']);
  });

  it('show every metric of ours somewhere', () => {
    const used = new Set(
      expressions.flatMap(({ expr }) =>
        partsOf(expr).metrics.map(({ name }) => name.replace(/_bucket$/, '')),
      ),
    );
    const unused = Object.values<Definition>(ALL_METRICS)
      .map(({ name }) => PREFIX + name)
      .filter((name) => !used.has(name));
    expect(unused).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('has panels with ids of their own, a description, and a place that is theirs alone', () => {
    const { panels } = dashboard;
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Map<string, string>();
    for (const { title, type, description, gridPos } of panels) {
      if (type !== 'row') expect(description, title).toBeTruthy();
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(taken.get(`${x},${y}`), `${title} at ${x},${y}`).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
    }
  });

  it('asks by variables that it declares', () => {
    const declared = new Set(dashboard.templating.list.map(({ name }) => name));
    for (const { where, expr } of panelExpressions)
      for (const [, name = ''] of expr.matchAll(/\$\{?(\w+)/g))
        if (!name.startsWith('__')) expect(declared, where).toContain(name);
  });
});

const promtool = spawnSync('promtool', ['--version']).status === 0;
if (!promtool)
  console.warn('metrics-deploy.test.ts: promtool is not installed, so what it would check is skipped');

describe.skipIf(!promtool)('promtool', () => {
  const run = (...args: string[]): { status: number | null; output: string } => {
    const { status, stdout, stderr } = spawnSync('promtool', args, {
      cwd: join(DEPLOY, 'prometheus'),
      encoding: 'utf8',
    });
    return { status, output: `${stdout}${stderr}` };
  };

  it('finds the rules and the example well-formed, and that the rules do what their tests say', () => {
    for (const args of [
      ['check', 'rules', 'alerts.yml'],
      ['check', 'config', '--syntax-only', 'prometheus.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, output } = run(...args);
      expect(status, output).toBe(0);
    }
  }, 120_000);

  it('finds nothing wrong with what is exposed', async () => {
    const events = new EventBus();
    const metrics = openMetrics({
      ...{ events, schemas: () => schemasFor('sigma'), waiting: () => ({ api: 1 }) },
      database: () => Promise.reject(new Error('not here')),
      watched: () => ({
        streams: ['members'],
        exports: ['a "b" \\\n'],
        schedules: ['n'],
        targetSeconds: () => 1,
      }),
    });
    events.emit('http.request', {
      ...{ stream: undefined, method: 'GET', path: '/v2/members', status: 200 },
      ...{ attempt: 1, durationMs: 5, requestId: undefined },
    });
    const { body } = await metrics.expose();
    metrics.close();
    // Names of prom-client's own metrics are not all to promtool's taste.
    const own = body.split('\n').filter((line) => /^(# \w+ )?sigma_sync_/.test(line));
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
      input: `${own.join('\n')}\n`,
      encoding: 'utf8',
    });
    expect(`${stdout}${stderr}`).toBe('');
    expect(status).toBe(0);
  });

  it('has a test of each rule in which it fires', () => {
    const tests = parse(readFileSync(join(DEPLOY, 'prometheus/alerts.test.yml'), 'utf8'), {
      maxAliasCount: -1,
    }) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const fired = tests.tests.flatMap(({ alert_rule_test: all }) =>
      all.filter(({ exp_alerts: expected = [] }) => expected.length > 0).map(({ alertname }) => alertname),
    );
    expect([...new Set(fired)].sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });

  it('can read every expression of the dashboard', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-rules-'));
    try {
      const file = join(folder, 'dashboard.json');
      const recorded = panelExpressions.map(({ expr }, index) => ({
        record: `panel_${index}`,
        expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'sigma-sync'),
      }));
      // YAML is a superset of JSON.
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recorded }] }));
      const { status, output } = run('check', 'rules', file);
      expect(status, output).toBe(0);
      expect(output).toContain(`${recorded.length} rules found`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
