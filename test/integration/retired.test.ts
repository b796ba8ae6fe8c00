/** Endpoints that are gone for good: their rows stay, and no run fails for them. */
import { expect, it } from 'vitest';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import type { StreamReport } from '../../src/state/run-types.ts';
import { EXIT_CODES } from '../../src/sync/run-sync.ts';
import { type Rig, startRig, streamOf } from '../support/rig.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NAMES = ['dataset_sources', 'dataset_materializations', 'grants', 'templates', 'tenants'];
const STREAMS = withAncestors(catalogue, new Set(NAMES));
const DATASETS = ['datasets', 'dataset_sources', 'dataset_materializations'];

async function started(): Promise<Rig & { later(ms: number): void; told: string[] }> {
  let now = Date.parse('2026-11-01T02:00:00Z');
  const organization = { seed: 9, workbooks: 12, members: 10, teams: 3, grants: 60, datasets: 12 };
  const rig = await startRig({ streams: STREAMS, organization, engine: { now: () => new Date(now) } });
  const told: string[] = [];
  for (const name of ['stream.doubted', 'stream.retired', 'stream.returned'] as const)
    rig.events.on(name, ({ stream }) => told.push(`${name} ${stream}`));
  return {
    ...rig,
    told,
    later: (ms) => {
      now += ms;
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

async function stored({ test: { database } }: Rig): Promise<unknown> {
  return database.session((session) =>
    session.query(
      `select (select count(*) from sigma.datasets where _deleted_at is null)::int as datasets,
              (select count(*) from sigma.dataset_sources where _deleted_at is null)::int as sources,
              (select count(*) from sigma.dataset_materializations where _deleted_at is null)::int as materializations,
              (select count(*) from sigma.grants where _deleted_at is null)::int as grants`,
    ),
  );
}

const statusesOf = (streams: readonly StreamReport[]): string[] =>
  DATASETS.map((name) => streams.find((one) => one.name === name)?.status ?? 'none');

it('is retired after a day, told once, asked once a week, and a stream again where it returns', async () => {
  await using rig = await started();
  await rig.sync();
  const before = await stored(rig);
  rig.simulator.faults.set({ missing: ['^/v2/datasets'] });

  rig.later(DAY);
  const first = await rig.sync();
  expect(statusesOf(first.streams)).toEqual(DATASETS.map(() => 'unavailable'));
  expect(streamOf(first, 'datasets').error).toContain(
    'If this lasts for a day, the stream counts as retired',
  );
  expect(await stored(rig)).toEqual(before);
  // A run of the same night is no evidence of its own.
  rig.later(HOUR);
  expect(statusesOf((await rig.sync()).streams)).toEqual(DATASETS.map(() => 'unavailable'));

  rig.later(DAY);
  const second = await rig.sync();
  expect(statusesOf(second.streams)).toEqual(DATASETS.map(() => 'retired'));
  expect(streamOf(second, 'datasets').error).toMatch(/gone since 2026-11-02 .* cannot be used any more/);
  expect(streamOf(second, 'grants').status).toBe('complete');
  rig.later(DAY);
  rig.requests();
  expect(statusesOf((await rig.sync()).streams)).toEqual(DATASETS.map(() => 'retired'));
  expect(Object.keys(rig.requests()).filter((one) => one.includes('datasets'))).toEqual([]);
  expect(rig.told).toEqual(['stream.doubted datasets', 'stream.doubted datasets', 'stream.retired datasets']);
  expect(await stored(rig)).toEqual(before);

  // A week after it was asked last; and a full run asks at once.
  rig.later(7 * DAY);
  await rig.sync();
  expect(
    Object.keys(rig.requests()).some((one) => one.includes('(unknown)') || one.includes('datasets')),
  ).toBe(true);
  rig.simulator.faults.clear();
  rig.later(HOUR);
  expect(statusesOf((await rig.sync()).streams)).toEqual(DATASETS.map(() => 'retired'));
  expect(statusesOf((await rig.sync({ full: true })).streams)).toEqual(DATASETS.map(() => 'complete'));
  expect(rig.told.at(-1)).toBe('stream.returned datasets');
  expect(await rig.differences()).toEqual([]);
});

it('a listing that is back in the next run was never retired', async () => {
  await using rig = await started();
  await rig.sync();
  rig.simulator.faults.set({ missing: ['^/v2/datasets'] });
  await rig.sync();
  rig.simulator.faults.clear();
  rig.later(DAY);
  await rig.sync();
  expect(await rig.differences()).toEqual([]);
  rig.simulator.faults.set({ missing: ['^/v2/datasets'] });
  rig.later(DAY);
  // The time until it counts as retired starts over.
  expect(statusesOf((await rig.sync()).streams)).toEqual(DATASETS.map(() => 'unavailable'));
  expect(rig.told).not.toContain('stream.retired datasets');
});

it('one whose end nobody announced fails its runs for a week, and a 403 for ever', async () => {
  await using rig = await started();
  await rig.sync();
  rig.simulator.faults.set({ missing: ['^/v2/templates'], forbid: ['^/v2/datasets'] });
  for (const days of [0, 3, 3]) {
    rig.later(days * DAY);
    const { report } = await rig.run();
    expect(EXIT_CODES[report.status]).toBe(1);
    expect(streamOf(report, 'templates')).toMatchObject({ status: 'failed' });
    expect(streamOf(report, 'templates').error).toContain('for a week');
  }
  rig.later(DAY);
  const { report } = await rig.run();
  expect(streamOf(report, 'templates').status).toBe('retired');
  expect(streamOf(report, 'datasets').status).toBe('failed');
  const [row] = await rig.test.database.session((session) =>
    session.query('select count(*)::int as n from sigma.templates where _deleted_at is null'),
  );
  expect(row?.['n']).toBeGreaterThan(0);
});

it('tenants are read from /v2/tenants, else from the beta', async () => {
  for (const tenantsV2 of [true, false]) {
    await using rig = await startRig({
      streams: STREAMS,
      organization: { workbooks: 5 },
      novelties: { tenantsV2 },
    });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const asked = Object.keys(rig.requests()).filter((one) => one.includes('tenants'));
    expect(asked).toEqual([tenantsV2 ? 'GET /v2/tenants' : 'GET /v3alpha/tenants']);
  }
});

it('without datasets from the start nothing fails', async () => {
  await using rig = await startRig({
    streams: STREAMS,
    organization: { workbooks: 5 },
    novelties: { datasetsRetired: true },
  });
  expect(statusesOf((await rig.sync()).streams)).toEqual(DATASETS.map(() => 'unavailable'));
});
