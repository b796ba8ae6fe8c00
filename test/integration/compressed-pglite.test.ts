/** A compressed wire loads the same as a plain one, with faults in every tenth answer. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ENCODINGS } from '../../simulator/http/compression.ts';
import { downloadFile } from '../../src/exports/files/download.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { definitionOf } from '../support/export-definition.ts';
import { type ExportRig, impatient, startExportRig } from '../support/export-rig.ts';
import { startRig } from '../support/rig.ts';
import { createRunFolder } from '../support/run-folder.ts';

const organization = { workbooks: 60, members: 40, teams: 10, grants: 300, seed: 5 };
const ROWS = 20_000;

describe.each(ENCODINGS)('over %s', (encoding) => {
  it('a sync is exact under faults, and so is the next one', async () => {
    await using rig = await startRig({ organization, compression: { encodings: [encoding] } });
    const { counters, faults } = rig.simulator;
    faults.inject({ kinds: ['cut', 'truncated', '500', '503', 'html-200', '429', 'reset'], rate: 0.1 });
    await rig.sync();
    expect(counters.faults.get('cut')).toBeGreaterThan(0);
    expect(await rig.differences()).toEqual([]);
    for (let i = 0; i < 20; i++) rig.simulator.organization.mutate();
    await rig.sync();
    expect(await rig.differences()).toEqual([]);
  });

  it('an export and a file are whole, also where their download breaks off', async () => {
    await using rig = await startExportRig({ compression: { encodings: [encoding], files: true } });
    const place = rig.simulator.organization.addExport({
      columns: ['Id', { label: 'Amount', type: 'number' }, 'Umlaut'],
      count: ROWS,
      rows: (i) => [`row ${i}`, i, `ä "${i % 7}"\n`],
    });
    for (const format of ['csv', 'jsonl'] as const) {
      rig.simulator.faults.clear();
      rig.simulator.faults.inject({ kinds: ['cut'], match: '/download', times: 3 });
      rig.simulator.counters.reset();
      await rig.load(definitionOf(place, { name: `over_${format}`, format }));
      expect(rig.simulator.counters.faults.get('cut')).toBe(3);
      const [sums] = await rig.query(
        `select count(*)::int as n, sum(amount)::bigint::text as sum, count(distinct id)::int as ids from sigma_data.over_${format}`,
      );
      expect(sums).toEqual({ n: ROWS, sum: String((ROWS * (ROWS - 1)) / 2), ids: ROWS });
    }
    rig.simulator.faults.clear();
    rig.simulator.faults.inject({ kinds: ['cut'], match: '/download', times: 2 });
    const packed = await download(rig, place, 'csv');
    expect(packed.subarray(0, 16).toString()).toBe('Id,Amount,Umlaut');
    rig.simulator.counters.reset();
    expect(await download(rig, place, 'csv')).toEqual(packed);
    expect(rig.simulator.counters.bytesSent).toBeLessThan(packed.length / 2);
    expect((await download(rig, place, 'xlsx')).subarray(0, 2).toString()).toBe('PK');
    await using plainRig = await startExportRig({ compression: { encodings: [] } });
    const same = plainRig.simulator.organization.addExport({
      columns: ['Id', { label: 'Amount', type: 'number' }, 'Umlaut'],
      count: ROWS,
      rows: (i) => [`row ${i}`, i, `ä "${i % 7}"\n`],
    });
    expect((await download(plainRig, same, 'csv')).equals(packed)).toBe(true);
  });
});

async function download(
  { engine }: ExportRig,
  { workbookId, elementId }: { readonly workbookId: string; readonly elementId: string },
  format: 'csv' | 'xlsx',
): Promise<Buffer> {
  const folder = createRunFolder();
  try {
    const { path, bytes } = await downloadFile({
      ...{ client: engine.client, clock: impatient(systemClock), events: engine.events },
      ...{ overwrite: false, timeoutMs: 60_000, directory: folder.path, output: join(folder.path, 'file') },
      request: { documentId: workbookId, kind: undefined, elementId, format },
    });
    const file = readFileSync(path);
    expect(file.length).toBe(bytes);
    return file;
  } finally {
    folder.remove();
  }
}
