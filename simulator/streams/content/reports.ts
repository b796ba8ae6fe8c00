/** Reports, with their tagged versions. They are made after all else, from generators of their own. */
import { type Entry, iso, stampsBy } from '../../store/entry.ts';
import { description, workbookTitle } from '../../store/names.ts';
import type { Random } from '../../store/random.ts';
import { newIds } from '../../store/short-id.ts';
import type { Store } from '../../store/store.ts';
import { documentChanges, tagVersion } from '../shared/document-changes.ts';
import { documentEntry, documentStream, documentUrl } from '../shared/document-stream.ts';
import { type Document, isFile } from '../shared/document-table.ts';
import { PERMISSIONS } from '../shared/file-entries.ts';
import { grantsOf } from '../shared/grants.ts';
import { membersOf, teamsOf } from '../shared/people.ts';
import { placesOf } from '../shared/places.ts';
import { reportDocuments, reportsOf } from '../shared/report-table.ts';
import { listsTags, tagName, versionTagsOf } from '../shared/version-tags.ts';
import type { Stream } from '../stream.ts';

export const changes = documentChanges(reportDocuments);

function render(store: Store, report: Document): Entry {
  return {
    reportId: report.id,
    reportUrlId: report.urlId,
    ...documentEntry(store, report, documentUrl('report', report)),
    ...(report.tags !== undefined && listsTags(store) && { tags: tagEntries(store, report) }),
  };
}

/** The tags of a report, as its entry and the listing of its own have them. */
export function tagEntries(store: Store, { tags = [] }: Document): Entry[] {
  return tags.map(({ versionTagId, sourceVersion, taggedId, taggedAt }) => ({
    versionTagId,
    tagName: tagName(store, versionTagId),
    sourceVersion,
    taggedAt: iso(taggedAt),
    taggedReportId: taggedId,
  }));
}

function make(store: Store): void {
  const random = store.generator('reports');
  const tags = versionTagsOf(store).list.toArray();
  let previous: Document | undefined;
  for (let i = 0; i < store.sizes.reports; i++) {
    const drawn = made(store, random, i);
    const isTagged = i % 5 === 2 && previous !== undefined && tags.length > 0;
    const report = isTagged && previous ? tagVersion(drawn, previous, random.pick(tags).id) : drawn;
    reportDocuments.insert(store, report);
    grant(store, report);
    previous = report.archived || report.hidden || !isFile(report) ? undefined : report;
  }
}

function made(store: Store, random: Random, i: number): Document {
  const people = membersOf(store).list.toArray();
  const hidden = i % 7 === 3 && people.length > 1;
  const owner = random.pick(hidden ? people.slice(1) : people);
  const version = 1 + random.below(6);
  const pages = 1 + random.below(3);
  return {
    order: store.nextOrder(),
    ...newIds(store, random),
    name: workbookTitle(random),
    parentId: hidden ? owner.homeFolderId : random.pick(placesOf(store)),
    ownerId: owner.id,
    description: random.next() < 0.4 ? description(random) : undefined,
    hidden,
    exploration: false,
    taggedFrom: undefined,
    tags: undefined,
    archived: i % 11 === 4,
    version,
    baseVersion: version,
    pages,
    elements: pages * 3,
    ...stampsBy(random, owner.id),
  };
}

/** Up to two grants on a report, to a team and to a member. */
function grant(store: Store, report: Document): void {
  if (!isFile(report) || store.sizes.grants === 0) return;
  const random = store.generator('grants on reports');
  const teams = teamsOf(store).list.toArray();
  const people = membersOf(store).list.toArray();
  const teamId = teams.length > 0 && random.next() < 0.6 ? random.pick(teams).id : undefined;
  // The token's owner must not be given what is hidden from it.
  const able = people.length > 1 ? people.slice(1) : people;
  const memberId = random.next() < 0.8 ? random.pick(able).id : undefined;
  for (const to of [{ teamId }, { memberId }]) {
    const holder = { teamId: null, memberId: null, ...to };
    if ((holder.teamId ?? holder.memberId ?? undefined) === undefined) continue;
    grantsOf(store).add({
      order: store.nextOrder(),
      id: random.uuid(),
      inodeId: report.id,
      inodeType: 'report',
      memberId: holder.memberId ?? null,
      teamId: holder.teamId ?? null,
      permission: random.pick(PERMISSIONS),
      ...stampsBy(random, store.ownerId),
    });
  }
}

export const reports = {
  ...documentStream({
    path: '/v2/reports',
    what: 'report',
    table: reportDocuments,
    render,
    changes,
    novelty: 'reports',
  }),
  make,
  mutations: {
    renameReport: { ...changes.rename, chance: 1 },
    publishReport: { ...changes.publish, chance: 2 },
    addReport: { ...changes.add, chance: 1 },
    deleteReport: changes.remove,
    archiveReport: changes.archive,
    unarchiveReport: changes.unarchive,
  },
  tables: { reports: reportsOf },
} satisfies Stream;
