/** Lists of one workbook or report, each with the first rows on its page and all of them in a file. */

import { html } from 'hono/html';
import { isId } from '../../address-parts.ts';
import { totalOf } from '../../data/counted.ts';
import {
  type BrokenRow,
  brokenOf,
  type DocumentKind,
  type ScheduleRow,
  schedulesOf,
  type VersionRow,
  versionsOf,
} from '../../data/usage/one-document.ts';
import type { Download, NoDownload } from '../../lists/download.ts';
import type { Visit } from '../../site.ts';
import { ago, type Content, listHead, time } from '../../view/elements.ts';
import { type Column, table, text } from '../../view/table.ts';
import { memberLink, titled } from '../../view/usage-elements.ts';
import { answerDownload } from './answer-download.ts';

type DownloadOf = (visit: Visit) => Promise<Download | NoDownload>;

const BROKEN: readonly Column<BrokenRow>[] = [
  text('Problem', (row) => row.problem, { isHead: true }),
  { title: 'Where', cell: (row) => titled(row.name), value: (row) => row.name },
  text('Detail', (row) => row.detail, { isWide: true }),
];

const stateOf = ({ disabled_at: disabled, is_suspended: suspended }: ScheduleRow): string =>
  disabled !== null ? 'disabled' : suspended === true ? 'suspended' : 'active';

const schedules = (now: Date): readonly Column<ScheduleRow>[] => [
  {
    ...{ title: 'When', isHead: true, value: (row) => row.cron },
    cell: (row) =>
      html`<span class="mono">${row.cron ?? ''}</span><span class="note">${row.zone ?? ''}</span>`,
  },
  {
    ...{ title: 'Owner', value: (row) => row.owner_name },
    cell: (row) => memberLink(row.owner_id, row.owner_name),
  },
  {
    ...{ title: 'State', value: stateOf },
    cell: (row) =>
      html`${stateOf(row)}${row.disabled_at === null ? '' : html` ${ago(row.disabled_at, now)}`}`,
  },
];

const versions = (now: Date): readonly Column<VersionRow>[] => [
  { title: 'Version', isHead: true, cell: (row) => row.version, value: (row) => row.version },
  {
    ...{ title: 'Published', value: (row) => row.published_at },
    cell: (row) => time(row.published_at, now),
  },
  {
    ...{ title: 'By', value: (row) => row.publisher_name },
    cell: (row) => memberLink(row.published_by, row.publisher_name),
  },
  text('Tags', (row) => row.tags, { isWide: true }),
];

/** The first rows of a list, their number and the file of all. */
function listed<T extends { readonly total: number }>(
  caption: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
  file: string,
): Content {
  return [listHead(totalOf(rows), rows.length, file), table(caption, columns, rows)];
}

const fileOf = (kind: DocumentKind, id: string, name: string): string =>
  `/${kind}s/${encodeURIComponent(id)}/${name}.csv`;

/** Its broken parts as its page shows them. */
export const brokenList = (kind: DocumentKind, id: string, rows: readonly BrokenRow[]): Content =>
  listed('Broken elements', BROKEN, rows, fileOf(kind, id, 'broken'));

/** Its scheduled exports. */
export const scheduleList = (
  kind: DocumentKind,
  id: string,
  rows: readonly ScheduleRow[],
  now: Date,
): Content => listed('Scheduled exports', schedules(now), rows, fileOf(kind, id, 'schedules'));

/** Its published versions. */
export const versionList = (
  kind: DocumentKind,
  id: string,
  rows: readonly VersionRow[],
  now: Date,
): Content => listed('Published versions', versions(now), rows, fileOf(kind, id, 'versions'));

const download =
  <T>(
    name: string,
    columns: (now: Date) => readonly Column<T>[],
    read: Parameters<typeof answerDownload<T>>[4],
  ): DownloadOf =>
  (visit) =>
    answerDownload(visit, isId, name, columns(visit.site.now()), read);

/** Downloads of a kind of documents by their addresses. */
export const documentDownloads = (kind: DocumentKind): Readonly<Record<string, DownloadOf>> => ({
  [`/${kind}s/:id/broken.csv`]: download<BrokenRow>(
    'broken',
    () => [...BROKEN, text('Object id', (row) => row.object_id)],
    brokenOf,
  ),
  [`/${kind}s/:id/schedules.csv`]: download<ScheduleRow>(
    'schedules',
    (now) => [
      ...schedules(now),
      text('Time zone', (row) => row.zone),
      { title: 'Disabled', cell: () => '', value: (row) => row.disabled_at },
      text('Owner id', (row) => row.owner_id),
      text('Schedule id', (row) => row.id),
    ],
    schedulesOf(kind),
  ),
  [`/${kind}s/:id/versions.csv`]: download<VersionRow>(
    'versions',
    (now) => [...versions(now), text('Publisher id', (row) => row.published_by)],
    versionsOf(kind),
  ),
});
