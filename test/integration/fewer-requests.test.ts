/** Fewer requests give the same rows as many. */
import { describe, expect, it } from 'vitest';
import { NOVELTIES_OF_API } from '../../simulator/http/novelties.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { type Rig, startRig } from '../support/rig.ts';

const organization = { seed: 47, workbooks: 80, members: 12, teams: 2, grants: 10, dataModels: 15 };

/** Requests whose endpoint fits, since the last call of `rig.requests`. */
function asked(rig: Rig, pattern: RegExp): number {
  return Object.entries(rig.requests())
    .filter(([endpoint]) => pattern.test(endpoint))
    .reduce((sum, [, count]) => sum + count, 0);
}

describe('version tags', () => {
  const streams = withAncestors(catalogue, new Set(['workbook_tags', 'report_tags', 'data_model_tags']));
  const OF_DOCUMENTS = /\{\w+\}\/tags$/;

  it.each([
    ['with the listings of documents', false],
    ['document by document where those leave them out', true],
  ])('come %s', async (_, tagsApart) => {
    await using rig = await startRig({ streams, organization, novelties: { tagsApart } });
    const { organization: held } = rig.simulator;
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    expect(asked(rig, OF_DOCUMENTS) > 0).toBe(tagsApart);
    const count = (): number =>
      streams.reduce((sum, { name }) => sum + (name.endsWith('_tags') ? held.truth(name).length : 0), 0);
    const before = count();
    expect(before).toBeGreaterThan(6);
    for (const change of [
      held.tagWorkbook,
      held.tagReport,
      held.tagDataModel,
      held.untagWorkbook,
      held.untagReport,
    ])
      change();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    expect(asked(rig, OF_DOCUMENTS) > 0).toBe(tagsApart);
    // The last tag of a workbook leaves its entry without the field, and the row is gone all the same.
    for (const { id, tags = [] } of held.workbooks.list.toArray())
      for (const _tag of tags) held.untagWorkbook(id);
    expect(held.truth('workbook_tags')).toEqual([]);
    await rig.sync({ acceptDeletions: true });
    expect(await rig.differences()).toEqual([]);
    await rig.sync({ full: true });
    expect(await rig.differences()).toEqual([]);
  });
});

describe('schedules', () => {
  const streams = withAncestors(catalogue, new Set(['workbook_schedules', 'report_schedules']));
  const WEEK = 7 * 86_400_000;
  const BY_OWNER = /members\/\{\w+\}\/schedules$/;
  const BY_DOCUMENT = /(workbooks|reports)\/\{\w+\}\/schedules$/;
  const START = Date.UTC(2026, 9, 1);

  /** A rig whose slow cycle takes a week, and whose clock is put forward by days. */
  async function openRig(options: Parameters<typeof startRig>[0] = {}) {
    const clock = { day: 0 };
    const rig = await startRig({
      streams,
      organization,
      ...options,
      engine: {
        refreshMs: () => WEEK,
        now: () => new Date(START + clock.day * 86_400_000),
        ...options.engine,
      },
    });
    const counts = (): { owner: number; document: number } => {
      const requests = Object.entries(rig.requests());
      const sum = (pattern: RegExp): number =>
        requests.reduce((all, [endpoint, count]) => all + (pattern.test(endpoint) ? count : 0), 0);
      return { owner: sum(BY_OWNER), document: sum(BY_DOCUMENT) };
    };
    return { rig, clock, counts, held: rig.simulator.organization };
  }

  it('come by their owners where those are fewer, and take fewer requests', async () => {
    const { rig, clock, counts, held } = await openRig();
    await using _ = rig;
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const { members, reports } = held;
    // Once for workbooks, and for reports where those are more than members.
    const sweeps = reports.list.length > members.list.length ? 2 : 1;
    expect(counts()).toEqual({
      owner: sweeps * members.list.length,
      document: sweeps === 2 ? 0 : expect.any(Number),
    });
    const week = { owner: 0, document: 0 };
    for (clock.day = 1; clock.day <= 8; clock.day++) {
      for (let i = 0; i < 4; i++) held.changeSchedules();
      held.changeReportSchedules();
      await rig.sync();
      const { owner, document } = counts();
      week.owner += owner;
      week.document += document;
    }
    expect(week.owner).toBeGreaterThan(0);
    expect(week.document).toBeLessThan(held.workbooks.list.length);
    for (; clock.day <= 17; clock.day++) await rig.sync();
    expect(await rig.differences()).toEqual([]);
    await rig.sync({ full: true });
    expect(counts().document).toBeGreaterThan(held.workbooks.list.length / 2);
    expect(await rig.differences()).toEqual([]);
  });

  it('are not taken for deleted where their owner is not listed or does not see them', async () => {
    const { rig, clock, counts, held } = await openRig();
    await using _ = rig;
    await rig.sync();
    const owned = held.truth('workbook_schedules').map((one) => String(one['workbookId']));
    const [left, unseen, gone, given] = [...new Set(owned)];
    if (left === undefined || unseen === undefined || gone === undefined || given === undefined)
      throw new Error('there are too few schedules');
    held.handOverSchedules(left);
    held.hideFromSchedulers(unseen);
    held.handOverSchedules(given, held.members.list.toArray().at(-1)?.id);
    const owner = (await rows(rig)).find((row) => row['workbook_id'] === gone)?.['owner_id'];
    if (owner !== held.owner.id) held.deactivateMember(String(owner));
    for (clock.day = 1; clock.day <= 9; clock.day++) {
      await rig.sync();
      const kept = await rows(rig);
      for (const id of [left, unseen, gone, given])
        expect(kept.map((row) => row['workbook_id'])).toContain(id);
    }
    expect(await rig.differences()).toEqual([]);
    counts();
    // A row that vanishes while nobody's listing has it is found by a later run of its document.
    for (; clock.day <= 45; clock.day++) {
      if (clock.day === 12) for (let i = 0; i < 6; i++) held.changeSchedules(left);
      await rig.sync();
    }
    expect(await rig.differences()).toEqual([]);
  });

  it('that are new and nobody listed owns are found in time', async () => {
    const { rig, clock, held } = await openRig();
    await using _ = rig;
    const ids = [...new Set(held.truth('workbook_schedules').map((one) => String(one['workbookId'])))];
    for (const id of ids.slice(0, 4)) held.handOverSchedules(id);
    await rig.sync();
    expect((await rig.differences()).join()).toContain('is missing');
    for (clock.day = 1; clock.day <= 36; clock.day += 3) await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it.each([
    ['is not there', { novelties: { memberSchedules: false } }, undefined],
    ['is refused', {}, '/members/[^/]+/schedules'],
  ])('come by document where the other way %s', async (__, options, forbid) => {
    const { rig, clock, counts, held } = await openRig(options);
    await using _ = rig;
    if (forbid !== undefined) rig.simulator.faults.set({ forbid: [forbid] });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    for (clock.day = 1; clock.day <= 7; clock.day++) {
      held.changeSchedules();
      const asked = await rig.sync().then(counts);
      // Nothing but a question whether it has come.
      expect(asked.owner).toBeLessThan(4);
    }
    for (; clock.day <= 15; clock.day++) await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('come by document where one owner fails, and by owner again when that is over', async () => {
    const { rig, clock, counts, held } = await openRig();
    await using _ = rig;
    const [, failing] = held.members.list.toArray();
    const { faults } = rig.simulator;
    faults.set({ forbid: [`/members/${failing?.id}/schedules`] });
    const report = await rig.sync();
    expect(report.status).toBe('complete');
    expect(await rig.differences()).toEqual([]);
    expect(counts().document).toBeGreaterThan(60);
    faults.clear();
    for (clock.day = 1; clock.day <= 8; clock.day++) await rig.sync();
    expect(counts().document).toBeLessThan(60);
    expect(await rig.differences()).toEqual([]);
  });

  it('of archived and deleted workbooks stay as they were', async () => {
    const { rig, clock, held } = await openRig();
    await using _ = rig;
    await rig.sync();
    const ids = [...new Set(held.truth('workbook_schedules').map((one) => String(one['workbookId'])))];
    const [archived = '', deleted = ''] = ids;
    held.archiveWorkbook(archived);
    held.deleteWorkbook(deleted);
    for (clock.day = 1; clock.day <= 9; clock.day++) {
      await rig.sync();
      const live = (await rows(rig)).map((row) => row['workbook_id']);
      expect(live).toContain(archived);
      expect(live).not.toContain(deleted);
    }
    expect(await rig.differences()).toEqual([]);
    held.unarchiveWorkbook(archived);
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  async function rows(rig: Rig): Promise<Readonly<Record<string, unknown>>[]> {
    return rig.test.database.session((session) =>
      session.query('select * from sigma.workbook_schedules where _deleted_at is null'),
    );
  }
});

describe('a second run without a change', () => {
  const streams = withAncestors(
    catalogue,
    new Set(['workbook_lineage', 'workbook_schedules', 'workbook_tags']),
  );
  const engine = { refreshMs: () => 7 * 86_400_000 };

  it.each(['2025', '2026'] as const)('asks for as little as the third, of the API of %s', async (api) => {
    const novelties = NOVELTIES_OF_API[api];
    await using rig = await startRig({
      streams,
      organization: { ...organization, workbooks: 120 },
      novelties,
      engine,
    });
    // One document hides its lineage; single elements are hidden or fail for good, as where they have none.
    const hidden = rig.simulator.organization.workbooks.list
      .toArray()
      .find((one) => !one.archived && !one.exploration);
    rig.simulator.faults.set({ forbid: [`/workbooks/${hidden?.id}/lineage`] });
    await rig.sync();
    expect(asked(rig, /lineage/)).toBeGreaterThan(100);
    await rig.sync();
    const second = rig.requests();
    await rig.sync();
    expect(second).toEqual(rig.requests());
    expect(Object.keys(second).filter((endpoint) => endpoint.includes('lineage'))).toEqual([]);
  });

  it('asks again for what had something to tell before', async () => {
    await using rig = await startRig({
      streams,
      organization,
      novelties: { documentLineage: false },
      engine,
    });
    const { faults, organization: held, counters } = rig.simulator;
    await rig.sync();
    const [edge] = held.truth('workbook_lineage');
    const path = `/workbooks/${edge?.['workbookId']}/lineage/elements/${edge?.['elementId']}`;
    faults.inject({ kinds: ['500'], match: `${path}$`, maxInARow: 100 });
    held.publishVersion(String(edge?.['workbookId']));
    await rig.sync();
    faults.clear();
    rig.requests();
    await rig.sync();
    expect([...counters.paths.keys()].filter((one) => one.includes('lineage'))).toContain(`GET /v2${path}`);
    expect(await rig.differences()).toEqual([]);
  });

  it('asks again for all of it where the first met trouble', async () => {
    await using rig = await startRig({
      streams,
      organization,
      novelties: { documentLineage: false },
      engine,
    });
    rig.simulator.faults.inject({ kinds: ['500'], match: '/lineage/', maxInARow: 100 });
    await rig.sync();
    expect((await rig.differences()).join()).toContain('is missing');
    rig.simulator.faults.clear();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

describe('a source that the API lacks', () => {
  const streams = withAncestors(catalogue, new Set(['workbook_elements', 'workbook_columns']));

  it.each([
    ['elements', { elements: false }, /workbooks\/[^/]+\/elements$/],
    ['elements with their pages', { pageId: false }, /workbooks\/[^/]+\/elements$/],
    ['columns', { columns: false }, /workbooks\/[^/]+\/columns$/],
    ['columns with their elements', { elementId: false }, /workbooks\/[^/]+\/columns$/],
  ] as const)('is asked for once in a run: %s', async (_, novelties, pattern) => {
    await using rig = await startRig({ streams, organization, novelties });
    await rig.sync();
    const paths = [...rig.simulator.counters.paths].filter(([path]) => pattern.test(path));
    expect(paths.reduce((sum, [, count]) => sum + count, 0)).toBe(1);
    expect(await rig.differences()).toEqual([]);
  });
});
