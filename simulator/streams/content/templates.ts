/** Templates that workbooks can be made from. */
import { refuseUnknown } from '../../http/query.ts';
import { type Entry, type Stamps, stamps, stampsBy } from '../../store/entry.ts';
import { templateName } from '../../store/names.ts';
import { type HasOrder, Registry } from '../../store/ordered.ts';
import type { Random } from '../../store/random.ts';
import { oneOf, type Store } from '../../store/store.ts';
import { versionTagsOf } from '../shared/version-tags.ts';
import {
  deletion,
  FRONT,
  mutation,
  newVersion,
  PAGED_MORE,
  type Placement,
  renaming,
  rootStream,
  type Stream,
} from '../stream.ts';

interface Template extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  name: string;
  version: number;
  readonly archived: boolean;
  /** Id of a version tag. */
  readonly tagId: string | undefined;
}

const templatesOf = oneOf(() => new Registry<Template>());

function made(store: Store, random: Random, order: number, stamps: Stamps): Template {
  const tags = versionTagsOf(store).list.toArray();
  return {
    order,
    id: random.uuid(),
    urlId: random.base62(22),
    name: templateName(random, templatesOf(store).size + 1),
    version: 1 + random.below(4),
    archived: random.next() < 0.1,
    tagId: tags.length > 0 && random.next() < 0.4 ? random.pick(tags).id : undefined,
    ...stamps,
  };
}

function addTemplate(store: Store, name?: string, placement: Placement = {}): string {
  const template = made(store, store.random, store.nextOrder(placement.front), store.fresh());
  templatesOf(store).add({ ...template, name: name ?? template.name });
  return template.id;
}

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
    select: ({ query }, list) => {
      refuseUnknown(query, 'source', 'search');
      return list;
    },
    shift: { add: (store) => addTemplate(store, undefined, FRONT), remove: deleteTemplate.act },
  }),
  make(store) {
    const random = store.generator('access');
    for (let i = 0; i < 4; i++)
      templatesOf(store).add(made(store, random, store.nextOrder(), stampsBy(random, store.ownerId)));
  },
  mutations: {
    addTemplate: mutation(2, ['name', 'front'], addTemplate),
    /** Publishes a version of a template under another name. */
    renameTemplate: renaming(
      1,
      templatesOf,
      ({ random }) => templateName(random, random.below(1e6)),
      undefined,
      newVersion,
    ),
    deleteTemplate,
  },
} satisfies Stream;
