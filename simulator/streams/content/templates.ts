/** Templates that workbooks can be made from. */
import { type Entry, type Stamped, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { templateName } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { newIds } from '../../store/short-id.ts';
import { type Store, tableOf } from '../../store/store.ts';
import { deletion, mutation, newVersion, renaming } from '../mutation.ts';
import { versionTagsOf } from '../shared/version-tags.ts';
import { PAGED_MORE, rootStream, type Stream } from '../stream.ts';

interface Template extends Stamped {
  readonly urlId: string;
  name: string;
  version: number;
  readonly archived: boolean;
  /** Id of a version tag. */
  readonly tagId: string | undefined;
}

const templatesOf = tableOf<Template>();

function made(store: Store, random: Random, order: number, stamps: Stamps): Template {
  const tags = versionTagsOf(store).list.toArray();
  return {
    order,
    ...newIds(store, random),
    name: templateName(random, templatesOf(store).size + 1),
    version: 1 + random.below(4),
    archived: random.next() < 0.1,
    tagId: tags.length > 0 && random.next() < 0.4 ? random.pick(tags).id : undefined,
    ...stamps,
  };
}

const addTemplate = mutation(2, ['name', 'front'], (store, name, placement) => {
  const template = made(store, store.random, store.nextOrder(placement), store.fresh());
  templatesOf(store).add({ ...template, name: name ?? template.name });
  return template.id;
});

const deleteTemplate = deletion(templatesOf);

function render(store: Store, template: Template): Entry {
  const tag = template.tagId === undefined ? undefined : versionTagsOf(store).get(template.tagId);
  return {
    templateId: template.id,
    templateUrlId: template.urlId,
    name: template.name,
    url: `https://app.sigmacomputing.com/example/template/${template.urlId}`,
    path: 'Templates',
    latestVersion: template.version,
    ...stamps(template),
    isArchived: template.archived,
    ...(tag !== undefined && { tags: [{ versionTagId: tag.id, name: tag.name }] }),
  };
}

export const templates = {
  ...rootStream({
    paths: [{ path: '/v2/templates', ...PAGED_MORE }],
    single: '/v2/templates/{templateId}',
    table: templatesOf,
    render,
    unknown: ['source', 'search'],
    shift: [addTemplate, deleteTemplate],
  }),
  make(store) {
    const random = store.generator('access');
    for (let i = 0; i < 4; i++)
      templatesOf(store).add(made(store, random, store.nextOrder(), stampsBy(random, store.ownerId)));
  },
  mutations: {
    addTemplate,
    /** Publishes a version of a template under another name. */
    renameTemplate: renaming(templatesOf, ({ random }) => templateName(random, random.below(1e6)), {
      also: newVersion,
    }),
    deleteTemplate,
  },
} satisfies Stream;
