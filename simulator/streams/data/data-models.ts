/** Data models. */
import { Refusal } from '../../http/answer.ts';
import { flag } from '../../http/query.ts';
import { type Entry, iso, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { modelName } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { archiving, deletion, isLive, mutation, renaming } from '../mutation.ts';
import { type DataModel, dataModelsOf } from '../shared/data-documents.ts';
import { grantsOf } from '../shared/grants.ts';
import { membersOf } from '../shared/people.ts';
import { anyWorkspaceId, pathOf, placesOf } from '../shared/places.ts';
import { listsTags, tagName, versionTagsOf } from '../shared/version-tags.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

function made(
  store: Store,
  random: Random,
  place: Pick<DataModel, 'order' | 'parentId' | 'ownerId' | 'hidden'>,
  version: number,
  stamps: Stamps,
): DataModel {
  return {
    ...place,
    ...newIds(store, random),
    name: modelName(random),
    archived: false,
    version,
    baseVersion: version,
    pages: 1 + random.below(2),
    elements: 2 + random.below(5),
    taggedFrom: undefined,
    tags: [],
    ...stamps,
  };
}

function make(store: Store): void {
  const random = store.generator('data models');
  const parents = placesOf(store);
  const owners = membersOf(store).list.toArray();
  const tags = versionTagsOf(store).list.toArray();
  for (let i = 0; i < store.sizes.dataModels; i++) {
    const drawn = random.pick(owners);
    const hidden = i % 13 === 5 && owners.length > 1;
    // A hidden data model belongs to somebody else than the owner of the credentials.
    const owner = hidden && drawn.id === store.ownerId ? (owners[1] ?? drawn) : drawn;
    const [ownerId, somewhere] = [owner.id, random.pick(parents)];
    const parentId = hidden ? owner.homeFolderId : somewhere;
    const place = { order: store.nextOrder(), parentId, ownerId, hidden };
    const version = 1 + random.below(6);
    const model = made(store, random, place, version, stampsBy(random, ownerId));
    model.archived = i % 12 === 2;
    if (i % 5 === 1 && tags.length > 0) {
      const versionTagId = random.pick(tags).id;
      model.tags = [{ versionTagId, sourceVersion: version, taggedAt: model.updatedAt }];
    }
    dataModelsOf(store).add(model);
  }
}

const addDataModel = mutation(2, ['name', 'front'], (store, name, placement) => {
  const order = store.nextOrder(placement);
  const place = { order, parentId: anyWorkspaceId(store), ownerId: store.ownerId, hidden: false };
  const model = made(store, store.random, place, 1, store.fresh());
  dataModelsOf(store).add({ ...model, name: name ?? model.name });
  return model.id;
});

const deleteDataModel = deletion(dataModelsOf, (store, { id }) => grantsOf(store).deleteOf(id));

function render(store: Store, model: DataModel): Entry {
  return {
    dataModelId: model.id,
    dataModelUrlId: model.urlId,
    name: model.name,
    url: `https://app.sigmacomputing.com/example/data-model/${model.urlId}`,
    path: pathOf(store, model.parentId),
    latestVersion: model.version,
    ownerId: model.ownerId,
    ...stamps(model),
    isArchived: model.archived,
    ...(model.tags.length > 0 && listsTags(store) && { tags: tagEntries(store, model) }),
  };
}

/** The tags of a data model, as its entry and the listing of its own have them. */
export function tagEntries(store: Store, { tags }: DataModel): Entry[] {
  return tags.map(({ versionTagId, sourceVersion, taggedAt }) => ({
    versionTagId,
    tagName: tagName(store, versionTagId),
    sourceVersion,
    taggedAt: iso(taggedAt),
  }));
}

export const dataModels = {
  ...rootStream({
    paths: [{ path: '/v2/dataModels', ...PAGED_MORE }],
    single: '/v2/dataModels/{dataModelId}',
    table: dataModelsOf,
    render,
    isInode: true,
    unknown: ['excludeTags'],
    select({ query, views, novelties }, list) {
      if (query.has('skipPermissionCheck') && !novelties.dataModelsPermissionCheck)
        throw new Refusal(400, 'skipPermissionCheck is not a parameter of this listing');
      return flag(query, 'skipPermissionCheck')
        ? views.permitted(list)
        : views.permitted(list, 'visible', (one) => !one.hidden);
    },
    shift: [addDataModel, deleteDataModel],
  }),
  make,
  mutations: {
    /** Publishes a version: `latestVersion` and `updatedAt` move and the elements change. */
    publishDataModel: mutation(2, ['id'], (store, id) => {
      const model = store.chosen(dataModelsOf(store), id, isLive);
      model.version++;
      store.touch(model);
      return model.id;
    }),
    renameDataModel: renaming(dataModelsOf, ({ random }) => `${modelName(random)} r${random.below(1e6)}`, {
      fits: isLive,
    }),
    addDataModel,
    deleteDataModel,
    archiveDataModel: archiving(dataModelsOf),
    unarchiveDataModel: archiving(dataModelsOf, false),
  },
  tables: { dataModels: dataModelsOf },
} satisfies Stream;
