/** Outcomes of dataset materializations, the latest first. Each change adds one. */
import { DAY, type Entry, HOUR, iso } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { isLive } from '../mutation.ts';
import { type Dataset, datasetParent, datasetsOf } from '../shared/data-documents.ts';
import { revising, revisionsOf } from '../shared/revisions.ts';
import { childStream, PAGED_MORE, type Stream } from '../stream.ts';

const KIND = 'dataset_materializations';

function materializations(store: Store, dataset: Dataset): Entry[] {
  const first = new Random(store.seed, KIND, dataset.id);
  const count = (first.next() < 0.85 ? 1 + first.below(4) : 0) + revisionsOf(store).of(KIND, dataset.id);
  return Array.from({ length: count }, (_, i) => {
    const number = count - 1 - i;
    const random = new Random(store.seed, KIND, dataset.id, number);
    const status = random.pick(['success', 'success', 'success', 'failed', 'marked', 'swept'] as const);
    const isDone = status === 'success';
    const errorCode = random.next() < 0.5 ? { errorCode: null } : {};
    return {
      status,
      finishedAt: iso(dataset.createdAt + number * DAY + random.below(HOUR)),
      error:
        status === 'failed'
          ? { code: 'warehouse', message: 'Table "ÖRDERS" not found\n', ...errorCode }
          : null,
      runtimeSecs: isDone ? random.below(9000) / 10 : null,
      numRows: isDone ? random.below(5_000_000) : null,
      numBytes: isDone ? 2 ** 31 + random.below(2 ** 31) : null,
    };
  });
}

export const datasetMaterializations = {
  ...childStream(datasetParent, {
    paths: [{ path: '/v2/datasets/{datasetId}/materialization', ...PAGED_MORE, until: 'datasetsRetired' }],
    list: materializations,
    derive: ({ finishedAt }) => ({ materializationKey: finishedAt }),
  }),
  mutations: { materializeDataset: revising(KIND, datasetsOf, isLive) },
} satisfies Stream;
