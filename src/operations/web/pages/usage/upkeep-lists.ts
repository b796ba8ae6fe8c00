/** Lists of what deserves a look: what nobody owns, what exists twice, what failed on a schedule. */
import { html } from 'hono/html';
import { spaced } from '../../../../core/words.ts';
import {
  COPIES,
  type CopyRow,
  FAILURES,
  type FailureRow,
  ORPHANS,
  type OrphanRow,
} from '../../data/usage/upkeep-rows.ts';
import { answerList } from '../../lists/answer-list.ts';
import type { List } from '../../lists/list.ts';
import { empty, time } from '../../view/elements.ts';
import { figure, since, text } from '../../view/table.ts';
import { memberLink, NOT_LATELY, objectLink } from '../../view/usage-elements.ts';
import { HEAD, marks, nothingOn } from './list-pages.ts';

/** A kind of objects in words. */
const kindOf = (type: string | null): string => spaced((type ?? '').replaceAll('-', ' '));

/** `/orphans` */
export const orphanList: List<OrphanRow> = answerList<OrphanRow>({
  title: 'Orphaned content',
  path: '/orphans',
  lead: 'Content whose owner is archived, inactive, deleted or unknown. Archived content is left out.',
  what: ORPHANS,
  placeholder: 'title, owner or folder',
  nothing: (search) =>
    search.text === undefined && search.filters['filter'] === 'all'
      ? empty('No orphaned content.', 'All content has an active owner.')
      : nothingOn('/orphans')(search),
  columns: (now) => [
    {
      ...{ title: 'Object', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.inode_id, row.name)}<span class="note">${kindOf(row.type)}</span>`,
    },
    {
      ...{ title: 'Owner', sort: 'owner', value: (row) => row.owner_name },
      cell: (row) => memberLink(row.owner_id, row.owner_name),
    },
    text('Owner is', (row) => row.reason, { sort: 'reason' }),
    since('Changed', (row) => row.updated_at, now, { sort: 'changed' }),
    text('Folder', (row) => row.folder_path, { sort: 'folder', isWide: true, isExtra: true }),
  ],
  more: [
    text('Type', (row) => row.type),
    text('Id', (row) => row.inode_id),
    text('Owner id', (row) => row.owner_id),
  ],
});

/** `/duplicates` */
export const copyList: List<CopyRow> = answerList<CopyRow>({
  title: 'Duplicates',
  path: '/duplicates',
  lead: 'Workbooks or reports with the same name, sources and shape. Copies are listed together, most used first.',
  what: COPIES,
  placeholder: 'title, owner or folder',
  nothing: (search) =>
    search.text === undefined && search.filters['filter'] === 'all'
      ? empty('No duplicates.', 'No two workbooks or reports have the same name, sources and shape.')
      : nothingOn('/duplicates')(search),
  columns: (now) => [
    {
      ...{ title: 'Title', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.id, row.name)}${marks(row.type === 'report' && 'report', row.is_most_used && 'most used')}`,
    },
    figure('Copies', (row) => row.copies, { sort: 'copies' }),
    figure('Opened by', (row) => row.openers, { sort: 'openers' }),
    since('Last opened', (row) => row.last_opened_at, now, { sort: 'opened', none: NOT_LATELY }),
    {
      ...{ title: 'Owner', sort: 'owner', value: (row) => row.owner_name },
      cell: (row) => memberLink(row.owner_id, row.owner_name),
    },
    text('Folder', (row) => row.folder_path, { isWide: true, isExtra: true }),
    since('Changed', (row) => row.updated_at, now, { isExtra: true }),
  ],
  more: [
    text('Type', (row) => row.type),
    { title: 'Most used', cell: () => '', value: (row) => row.is_most_used },
    text('Id', (row) => row.id),
    text('Id of the copies', (row) => row.copies_id),
    text('Owner id', (row) => row.owner_id),
  ],
});

/** `/schedules/failures` */
export const failureList: List<FailureRow> = answerList<FailureRow>({
  title: 'Failed schedules',
  path: '/schedules/failures',
  lead: 'Failed materializations of datasets, and scheduled exports that a person or Sigma disabled. Sigma’s API reports no other failures.',
  what: FAILURES,
  placeholder: 'title or reason',
  nothing: (search) =>
    search.text === undefined && search.filters['filter'] === 'all'
      ? empty('No failed schedules.', 'No materialization failed, and no scheduled export is disabled.')
      : nothingOn('/schedules/failures')(search),
  columns: (now) => [
    {
      ...{ title: 'Object', ...HEAD, value: (row) => row.name },
      cell: (row) =>
        html`${objectLink(row.type, row.object_id, row.name)}<span class="note">${kindOf(row.type)}</span>`,
    },
    text('Failure', (row) => row.kind, { sort: 'kind' }),
    {
      ...{ title: 'When', sort: 'when', value: (row) => row.failed_at },
      cell: (row) => time(row.failed_at, now),
    },
    text('Reason', (row) => row.detail, { isWide: true }),
  ],
  more: [text('Type', (row) => row.type), text('Id', (row) => row.object_id)],
});
