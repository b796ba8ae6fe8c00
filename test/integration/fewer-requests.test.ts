/** What the API tells in fewer requests is the same as what it tells in many. */
import { describe, expect, it } from 'vitest';
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
