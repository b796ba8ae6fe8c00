import { expect, test } from 'vitest';
import { STREAMS } from '../../../simulator/catalogue.ts';
import { open, sorted } from './api.ts';
import { WAYS } from './ways.ts';

test.each([0, 150])(
  'what the listings give is the truth of every stream after %i changes',
  async (changes) => {
    const client = await open({
      organization: { seed: 11, workbooks: 60, members: 40, teams: 7, grants: 250, dataModels: 14 },
    });
    const { organization } = client.simulator;
    expect(organization.mutate(changes)).toHaveLength(changes);
    // So that no stream is empty.
    organization.tagWorkbook();
    organization.tagReport();
    for (const stream of STREAMS) {
      const truth = sorted(organization.truth(stream));
      expect(truth.length, stream).toBeGreaterThan(0);
      for (const [i, read] of (WAYS[stream] ?? []).entries())
        expect(sorted(await read(client)), `${stream}, way ${i}`).toEqual(truth);
    }
  },
);

test('a seed gives the same bytes, another seed others', async () => {
  const texts = async (seed: number): Promise<string[]> => {
    const client = await open({ organization: { seed, workbooks: 60 } });
    client.simulator.organization.mutate(20);
    const id = client.simulator.organization.truth('workbook_pages')[0]?.['workbookId'];
    const paths = [
      '/v2/members',
      '/v2/files?limit=20',
      '/v2/workbooks',
      `/v2/workbooks/${id}/elements`,
      '/v2/nil',
    ];
    const replies = [];
    for (const path of paths) replies.push(await client.get(path));
    return replies.map((reply) => reply.text);
  };
  const first = await texts(5);
  expect(await texts(5)).toEqual(first);
  for (const [i, text] of (await texts(6)).entries()) expect(text).not.toBe(first[i]);
});
