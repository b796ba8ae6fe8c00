/** Datasets. */
import { flag } from '../../http/query.ts';
import { type Entry, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { datasetName, description } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { archiving, deletion, isLive, mutation, newVersion, renaming } from '../mutation.ts';
import { type Dataset, datasetsOf } from '../shared/data-documents.ts';
import { grantsOf } from '../shared/grants.ts';
import { membersOf } from '../shared/people.ts';
import { anyWorkspaceId, placesOf } from '../shared/places.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

function made(
  store: Store,
  random: Random,
  place: Pick<Dataset, 'order' | 'parentId' | 'hidden'>,
  stamps: Stamps,
): Dataset {
  return {
    ...place,
    ...newIds(store, random),
    name: datasetName(random),
    description: random.next() < 0.5 ? '' : description(random),
    archived: false,
    version: 1,
    ...stamps,
  };
}

function make(store: Store): void {
  const random = store.generator('datasets');
  const parents = placesOf(store);
  const owners = membersOf(store).list.toArray();
  for (let i = 0; i < store.sizes.datasets; i++) {
    const owner = random.pick(owners);
    const hidden = i % 7 === 3 && owner.id !== store.ownerId;
    const parentId = hidden ? owner.homeFolderId : random.pick(parents);
    const dataset = made(
      store,
      random,
      { order: store.nextOrder(), parentId, hidden },
      stampsBy(random, owner.id),
    );
    datasetsOf(store).add({ ...dataset, archived: i % 10 === 2 });
  }
}

const addDataset = mutation(2, ['name', 'front'], (store, name, placement) => {
  const order = store.nextOrder(placement);
  const place = { order, parentId: anyWorkspaceId(store), hidden: false };
  const dataset = made(store, store.random, place, store.fresh());
  datasetsOf(store).add({ ...dataset, name: name ?? dataset.name });
  return dataset.id;
});

const deleteDataset = deletion(datasetsOf, (store, { id }) => grantsOf(store).deleteOf(id));

function render(store: Store, dataset: Dataset): Entry {
  return {
    datasetId: dataset.id,
    ...stamps(dataset),
    name: dataset.name,
    description: dataset.description,
    url: `https://app.sigmacomputing.com/example/b/${dataset.urlId}`,
    isArchived: dataset.archived,
    ...(store.newerFields && { owner: dataset.createdBy }),
    // Since June 2026, when datasets were deprecated; not in the specification.
    ...(store.newerFields && store.sometimes(dataset.id, 3) && { migrationStatus: 'not-migrated' }),
  };
}

export const datasets = {
  ...rootStream({
    paths: [{ path: '/v2/datasets', ...PAGED_MORE, until: 'datasetsRetired' }],
    singles: [{ path: '/v2/datasets/{datasetId}', until: 'datasetsRetired' }],
    table: datasetsOf,
    render,
    isInode: true,
    derive: ({ url }) => ({ datasetUrlId: String(url).replace(/^.*[/-]/, '') }),
    select: ({ query, views }, list) =>
      flag(query, 'skipPermissionCheck')
        ? views.permitted(list)
        : views.permitted(list, 'visible', (one) => !one.hidden),
    shift: [addDataset, deleteDataset],
  }),
  make,
  mutations: {
    addDataset,
    /** Renames a dataset. Its sources may change too; `updatedAt` tells of both. */
    renameDataset: renaming(datasetsOf, ({ random }) => `${datasetName(random)} r${random.below(1e6)}`, {
      fits: isLive,
      also: newVersion,
    }),
    deleteDataset,
    archiveDataset: archiving(datasetsOf),
    unarchiveDataset: archiving(datasetsOf, false),
  },
  tables: { datasets: datasetsOf },
} satisfies Stream;
