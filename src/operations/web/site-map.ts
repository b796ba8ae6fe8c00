/** List of pages, lists and downloads. */
import { type Download, listDownload, type NoDownload } from './lists/download.ts';
import type { List } from './lists/list.ts';
import { listPage } from './lists/list-page.ts';
import { alertsDownload, alertsPage } from './pages/alerts-page.ts';
import { changesDownload, changesPage } from './pages/changes-page.ts';
import { configPage } from './pages/config-page.ts';
import { exportPage, exportRunsDownload, windowsDownload } from './pages/export-page.ts';
import { exportList } from './pages/exports-list.ts';
import { overviewPage } from './pages/overview/overview-page.ts';
import { runPage } from './pages/run-page.ts';
import { runsDownload, runsPage } from './pages/runs-page.ts';
import { failedDownload, streamPage, streamRunsDownload } from './pages/stream-page.ts';
import { streamList } from './pages/streams-list.ts';
import { accessDownload } from './pages/usage/access-table.ts';
import { digestPage } from './pages/usage/digest-page.ts';
import { documentDownloads } from './pages/usage/document-lists.ts';
import { reportPage, workbookPage } from './pages/usage/document-page.ts';
import { impactList, sourceList } from './pages/usage/impact-lists.ts';
import { lineageDownload, lineagePage } from './pages/usage/lineage-page.ts';
import { exposureList, memberList, reportList, staleList, workbookList } from './pages/usage/list-pages.ts';
import { memberGrantsDownload, memberPage } from './pages/usage/member-page.ts';
import { accessChangeList, licenceList, openingList, teamList } from './pages/usage/people-lists.ts';
import { teamGrantsDownload, teamMembersDownload, teamPage } from './pages/usage/team-page.ts';
import { growthList, loadList } from './pages/usage/time-lists.ts';
import { copyList, failureList, orphanList } from './pages/usage/upkeep-lists.ts';
import { accessPage } from './pages/usage/why-page.ts';
import { searchPage } from './search/search-page.ts';
import type { Site, Visit } from './site.ts';
import type { Page } from './view/layout.ts';

/** Pages and downloads of a site, by their addresses. */
export interface SiteMap {
  readonly pages: Readonly<Record<string, PageOf>>;
  readonly downloads: Readonly<Record<string, DownloadOf>>;
  /** Prepares what the first visitor would wait for. It never throws. */
  readonly prepare?: (site: Site) => Promise<void>;
}

type PageOf = (visit: Visit) => Promise<Page>;
type DownloadOf = (visit: Visit) => Promise<Download | NoDownload>;

/** A list with the rows it is of: its page and its download. */
interface Listed {
  readonly path: string;
  readonly page: PageOf;
  readonly download: DownloadOf;
}

const listed = <T>(list: List<T>): Listed => ({
  path: list.path,
  page: (visit) => listPage(visit, list),
  download: (visit) => listDownload(visit, list),
});

/** A new list is one more line here. */
const LISTS: readonly Listed[] = [
  listed(workbookList),
  listed(staleList),
  listed(reportList),
  listed(memberList),
  listed(teamList),
  listed(exposureList),
  listed(openingList),
  listed(accessChangeList),
  listed(licenceList),
  listed(orphanList),
  listed(copyList),
  listed(failureList),
  listed(loadList),
  listed(growthList),
  listed(sourceList),
  listed(impactList),
  listed(streamList),
  listed(exportList),
];

/** Pages by their addresses. Those of lists come first: `/workbooks/stale` is no workbook. */
export const PAGES: Readonly<Record<string, PageOf>> = {
  ...Object.fromEntries(LISTS.map(({ path, page }) => [path, page])),
  '/': overviewPage,
  '/runs': runsPage,
  '/runs/:id': runPage,
  '/streams/:name': streamPage,
  '/exports/:name': exportPage,
  '/changes': changesPage,
  '/alerts': alertsPage,
  '/workbooks/:id': workbookPage,
  '/reports/:id': reportPage,
  '/members/:id': memberPage,
  '/teams/:id': teamPage,
  '/lineage/:id': lineagePage,
  '/access': accessPage,
  '/digest': digestPage,
  '/config': configPage,
  '/search': searchPage,
};

/** Downloads by their addresses: each list has one. */
export const DOWNLOADS: Readonly<Record<string, DownloadOf>> = {
  ...Object.fromEntries(LISTS.map(({ path, download }) => [`${path}.csv`, download])),
  '/runs.csv': runsDownload,
  '/changes.csv': changesDownload,
  '/alerts.csv': alertsDownload,
  '/streams/:name/runs.csv': streamRunsDownload,
  '/streams/:name/partitions.csv': failedDownload,
  '/exports/:name/runs.csv': exportRunsDownload,
  '/exports/:name/windows.csv': windowsDownload,
  ...documentDownloads('workbook'),
  ...documentDownloads('report'),
  '/workbooks/:id/access.csv': (visit) => accessDownload(visit, 'inode_id'),
  '/reports/:id/access.csv': (visit) => accessDownload(visit, 'inode_id'),
  '/members/:id/access.csv': (visit) => accessDownload(visit, 'member_id'),
  '/members/:id/grants.csv': memberGrantsDownload,
  '/lineage/:id/downstream.csv': lineageDownload('downstream'),
  '/lineage/:id/upstream.csv': lineageDownload('upstream'),
  '/teams/:id/members.csv': teamMembersDownload,
  '/teams/:id/grants.csv': teamGrantsDownload,
};

/** The pages of one organization. */
export const ONE: SiteMap = { pages: PAGES, downloads: DOWNLOADS };
