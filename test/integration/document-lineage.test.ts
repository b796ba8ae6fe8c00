/** Lineage by document, types of columns, custom SQL and source tables: the truth of the API of 2026 and of 2025. */
import { describe, expect, it } from 'vitest';
import { addedOf } from '../../simulator/streams/shared/contents.ts';
import { catalogue, withAncestors } from '../../src/extractors/catalogue.ts';
import { startRig } from '../support/rig.ts';

const STREAMS = withAncestors(
  catalogue,
  new Set([
    'workbook_lineage',
    'data_model_lineage',
    'report_lineage',
    'source_tables',
    'workbook_columns',
    'data_model_columns',
  ]),
);
const ORGANIZATION = { seed: 21, workbooks: 60, elements: 400, dataModels: 20 };
const OLDER = { documentLineage: false, lineageNodes: false, columnTypes: false, customSqlIds: false };

const DOCUMENT = 'GET /v2/workbooks/{workbookId}/lineage';
const ELEMENT = 'GET /v2/workbooks/{workbookId}/lineage/elements/{elementId}';

describe.each([
  ['of 2026', {}],
  ['of 2025', OLDER],
  ['that has the lineage of documents alone', { ...OLDER, documentLineage: true }],
])('an API %s', (_, novelties) => {
  it('gives the truth in every run', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION, novelties });
    const drift: string[] = [];
    rig.events.on('schema.drift', ({ stream, field }) => drift.push(`${stream}.${field}`));
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    for (let night = 0; night < 4; night++) {
      rig.simulator.organization.mutate(12);
      await rig.sync({ full: night === 2 });
      expect(await rig.differences(), `night ${night}`).toEqual([]);
    }
    expect(drift).toEqual([]);
  });
});

describe('the lineage of documents', () => {
  it('takes a request or two for each, and none for each element', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    await rig.sync();
    const counts = rig.requests();
    expect(counts[DOCUMENT]).toBeGreaterThan(50);
    expect(counts[ELEMENT]).toBeUndefined();
    const tables = counts['GET /v2/connections/paths/{inodeId}'] ?? 0;
    const named = await tablesNamed(rig);
    expect(tables).toBe(named);
  });

  it('is asked for once where the API lacks it, and then element by element', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION, novelties: OLDER });
    const degraded: string[] = [];
    rig.events.on('api.degraded', ({ stream, to }) => degraded.push(`${stream} ${to}`));
    await rig.sync();
    const counts = rig.requests();
    expect(degraded).toContain('workbook_lineage per element');
    expect(counts[ELEMENT]).toBeGreaterThan(100);
    // Those that were under way at once each tried it.
    expect(counts['GET (unknown)'] ?? 0).toBeLessThan(40);
  });

  it('keeps what is stored where it is hidden', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION });
    await rig.sync();
    const [first] = rig.simulator.organization.truth('workbook_lineage');
    const workbookId = String(first?.['workbookId']);
    const rows = (): Promise<unknown[]> =>
      rig.test.database.session((session) =>
        session.query('select 1 from sigma.workbook_lineage where workbook_id = $1 and _deleted_at is null', [
          workbookId,
        ]),
      );
    const before = (await rows()).length;
    rig.simulator.faults.set({ forbid: [`/v2/workbooks/${workbookId}/lineage`] });
    await rig.sync({ full: true });
    expect(before).toBeGreaterThan(0);
    expect((await rows()).length).toBe(before);
  });

  it('survives faults', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: ORGANIZATION, pageSize: 7 });
    rig.simulator.faults.inject({ kinds: ['429', '500', 'cut', 'truncated', 'reset'], rate: 0.1 });
    await rig.run();
    rig.simulator.organization.mutate(10);
    await rig.run();
    rig.simulator.faults.inject({ kinds: ['500'], rate: 0 });
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });
});

async function tablesNamed(rig: Awaited<ReturnType<typeof startRig>>): Promise<number> {
  const [row] = await rig.test.database.session((session) =>
    session.query<{ count: number }>(`
      select count(distinct id)::integer as count from (
        select inode_id as id from sigma.workbook_sources where type = 'table'
        union all select inode_id from sigma.report_sources where type = 'table'
        union all select source_table_id from sigma.data_model_sources where type = 'table'
        union all select inode_id from sigma.dataset_sources where type = 'table'
        union all select source from sigma.workbook_lineage where source_type = 'table'
        union all select source from sigma.report_lineage where source_type = 'table'
        union all select source from sigma.data_model_lineage where source_type = 'table') t`),
  );
  return row?.count ?? 0;
}

describe('custom SQL', () => {
  it('that is edited is a change of the same row', async () => {
    await using rig = await startRig({ streams: STREAMS, organization: { ...ORGANIZATION, workbooks: 150 } });
    await rig.sync();
    const { organization } = rig.simulator;
    const untagged = organization.workbooks.list
      .toArray()
      .filter(({ taggedFrom }) => taggedFrom === undefined);
    const [before] = organization
      .truth('workbook_sources')
      .filter(
        ({ type, workbookId }) => type === 'custom-sql' && untagged.some(({ id }) => id === workbookId),
      );
    const workbookId = String(before?.['workbookId']);
    const sources = organization
      .truth('workbook_sources')
      .filter((one) => one['workbookId'] === workbookId)
      .map(({ workbookId: _, sourceKey: __, ...source }) =>
        source['customSqlId'] === before?.['customSqlId'] ? { ...source, definition: 'select 2' } : source,
      );
    organization.publishVersion(workbookId);
    addedOf(organization).setSources(workbookId, sources);
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
    const log = await rig.test.database.session((session) =>
      session.query(
        `select operation, changed from sigma_sync.changes
          where stream = 'workbook_sources' and operation <> 'insert' and key[1] = $1`,
        [workbookId],
      ),
    );
    expect(log).toEqual([{ operation: 'update', changed: ['definition'] }]);
    const edges = await rig.test.database.session((session) =>
      session.query(
        `select source_type, definition from sigma.workbook_lineage
          where workbook_id = $1 and definition is not null and _deleted_at is null`,
        [workbookId],
      ),
    );
    expect(edges).toContainEqual({ source_type: 'customSQL', definition: 'select 2' });
  });
});
