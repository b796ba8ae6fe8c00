/** Exports of workbooks, their pages and elements, and of reports: the endpoints, and what tests may ask about them. */
import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, errorAnswer, type FileAnswer, jsonAnswer, Refusal } from '../http/answer.ts';
import type { Counters } from '../http/counters.ts';
import { type Call, type DataCall, type DataEndpoint, param } from '../http/endpoint.ts';
import type { ExportSwitches, Faults } from '../http/faults.ts';
import type { ExportTable } from '../store/export-table.ts';
import { hash } from '../store/random.ts';
import type { Store } from '../store/store.ts';
import { controlsOf } from '../streams/content/workbook-controls.ts';
import { connectionsOf } from '../streams/shared/connections.ts';
import { contentOf, dataElements } from '../streams/shared/contents.ts';
import type { Document, DocumentTable } from '../streams/shared/document-table.ts';
import { membersOf } from '../streams/shared/people.ts';
import { reportDocuments } from '../streams/shared/report-table.ts';
import { tagName } from '../streams/shared/version-tags.ts';
import { workbookDocuments } from '../streams/shared/workbook-table.ts';
import { tableOf } from './export-data.ts';
import { fileOf, headersOf } from './export-file.ts';
import { filterOf, type RowFilter } from './export-filter.ts';
import { ExportJobs, isOver, type Job, type JobDuration } from './export-jobs.ts';
import { type ExportRequest, readExportRequest } from './export-request.ts';
import { exportedBy } from './export-scope.ts';
import { OAuthOverrides } from './oauth-overrides.ts';

const EXPORTS = { workbook: '/v2/workbooks/{workbookId}/export', report: '/v2/reports/{reportId}/export' };
const TABLES = { workbook: workbookDocuments, report: reportDocuments };
const DOWNLOAD = '/v2/query/{queryId}/download';

export interface ExportOptions {
  /** Export requests in any 60 seconds; more are answered 429. Default 100, as the specification says. */
  readonly exportsPerMinute?: number;
  /** Rows of a file at most. Default 1,000,000, as the specification says. */
  readonly exportRowLimit?: number;
  /** Duration of a job. Default: until its download was asked for once. */
  readonly exportJob?: Partial<JobDuration>;
}

export class Exports {
  readonly jobs: ExportJobs;
  readonly overrides = new OAuthOverrides();
  readonly endpoints: readonly DataEndpoint[] = [
    {
      method: 'POST',
      path: EXPORTS.workbook,
      does: 'export',
      answer: (call) => this.#start(call, 'workbook'),
    },
    {
      ...{ method: 'POST', path: EXPORTS.report, does: 'export', novelty: 'reports' },
      answer: (call) => this.#start(call, 'report'),
    },
    { method: 'GET', path: DOWNLOAD, does: 'download', answer: (call) => this.#download(call) },
  ];
  readonly #store: Store;
  readonly #counters: Counters;
  readonly #faults: Faults;
  readonly #limit: MinuteLimit;
  readonly #rowLimit: number;
  readonly #duration: JobDuration;
  #number = 0;

  constructor(store: Store, counters: Counters, faults: Faults, options: ExportOptions) {
    this.#store = store;
    this.#counters = counters;
    this.#faults = faults;
    this.#limit = new MinuteLimit(options.exportsPerMinute ?? 100);
    this.#rowLimit = options.exportRowLimit ?? 1_000_000;
    this.#duration = { ms: 0, polls: 1, ...options.exportJob };
    this.jobs = new ExportJobs(store.seed);
  }

  /** Notes the headers of any request; malformed ones matter only to those that read data. */
  noteOverrides(endpoint: string, headers: IncomingHttpHeaders): void {
    try {
      this.overrides.read(endpoint, headers);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  #start(call: DataCall, kind: keyof typeof EXPORTS): Answer {
    const waitS = this.#limit.waitS();
    if (waitS > 0) {
      this.#counters.exportRateViolations++;
      const refusal = new Refusal(429, 'too many export requests in a minute');
      const answer = errorAnswer(refusal, call.requestId);
      return { ...answer, headers: { ...answer.headers, 'retry-after': String(waitS) } };
    }
    const overrides = this.overrides.read(`POST ${EXPORTS[kind]}`, call.headers);
    const table = TABLES[kind];
    const document = table.parent.find(call);
    const request = readExportRequest(call.body, call.headers['content-type'], kind);
    const source = request.tag === undefined ? document : taggedVersion(call, table, document, request.tag);
    const { exportAs } = request;
    if (exportAs !== undefined && membersOf(this.#store).get(exportAs) === undefined)
      throw new Refusal(400, 'exportAs: there is no such member');
    const content = contentOf(this.#store, source);
    const exported = exportedBy(request, source.name, content);
    const elements = dataElements(exported.pages);
    const tables = elements.map((element) => tableOf(this.#store, source, element));
    if (overrides.rejectsDefaults)
      for (const table of tables) this.#needOverride(source, table, overrides.connectionIds);
    const { exports: switches } = this.#faults.switches;
    const fails =
      request.format.type === 'csv' && switches.pivotCsv !== 'works' && tables.some(({ totals }) => totals);
    if (fails && switches.pivotCsv === 'export-500') throw new Refusal(500, 'Internal Server Error');
    const filters = filtersOf(call, source, tables, request, switches);
    const orderSeed = switches.shuffle ? hash(this.#store.seed, ++this.#number) : undefined;
    const data = tables.map((table, i) => ({
      name: elements[i]?.name ?? '',
      selection: {
        table,
        filters: filters[i] ?? [],
        // Applied to each element: the specification does not say how an export of several counts its rows.
        offset: Math.max(0, request.offset - (switches.oneBasedOffset ? 1 : 0)),
        limit: Math.min(request.rowLimit ?? this.#rowLimit, this.#rowLimit),
        orderSeed,
      },
    }));
    const { ms, polls } = this.#duration;
    const slowMs = call.fault?.kind === 'slow-job' ? call.fault.slowMs : 0;
    const job = this.jobs.start(
      this.#store.now,
      { ms: ms + slowMs, polls },
      {
        fails,
        validityMs: request.resultsValidityTimeMs,
        file: fileOf(exported, data, request.format),
      },
    );
    const jobComplete = !request.runAsynchronously && job.pollsLeft === 0 && performance.now() >= job.readyAt;
    return jsonAnswer(200, { queryId: job.queryId, jobComplete });
  }

  /** An element whose connection is not known has one of the organization's, always the same. */
  #needOverride(document: Document, table: ExportTable, given: readonly string[]): void {
    const all = connectionsOf(this.#store)
      .list.toArray()
      .filter(({ isAuditLog }) => !isAuditLog);
    const connectionId = table.connectionId ?? all[hash(document.id, 'connection') % all.length]?.id;
    if (connectionId !== undefined && !given.includes(connectionId))
      throw new Refusal(403, `there is no override token for the connection ${connectionId}`);
  }

  #download(call: DataCall): Answer | FileAnswer {
    const { exports: switches } = this.#faults.switches;
    const queryId = param(call, 'queryId');
    if (call.fault?.kind === 'expired-query') this.jobs.expire(queryId);
    const job = this.jobs.find(queryId, this.#store.now);
    if (job === undefined) throw new Refusal(404, 'the query is not known, or its result has expired');
    if (!isOver(job)) return running(job, switches.running);
    if (job.fails) throw new Refusal(500, 'Internal Server Error');
    return { status: 200, headers: headersOf(job.file), chunks: job.file.chunks(switches) };
  }
}

/** The answers seen in the field and in the specification while a job runs. */
function running(job: Job, how: ExportSwitches['running']): Answer {
  const forms = ['204', 'empty-200', 'envelope-204', '404'] as const;
  const form = how === 'mixed' ? forms[hash(job.queryId, job.pollsLeft) % forms.length] : how;
  if (form === '404') throw new Refusal(404, 'query not found');
  if (form === 'envelope-204') return jsonAnswer(200, { status: 204 });
  return { status: form === 'empty-200' ? 200 : 204, headers: {}, body: '' };
}

function taggedVersion({ store }: Call, { of }: DocumentTable, document: Document, name: string): Document {
  const tag = document.tags?.find(({ versionTagId }) => tagName(store, versionTagId) === name);
  const tagged = of(store).get(tag?.taggedId ?? '');
  if (tagged === undefined) throw new Refusal(404, 'tag: the document has no version with this tag');
  return tagged;
}

/**
 * The filters of each table.
 *
 * @throws Refusal 400 for a control that the document does not have; one of another element changes nothing.
 */
function filtersOf(
  { store }: Call,
  document: Document,
  tables: readonly ExportTable[],
  { parameters, filters }: ExportRequest,
  switches: ExportSwitches,
): RowFilter[][] {
  const names = new Set(controlsOf(store, document).map(({ name }) => name));
  const values = Object.entries({ ...filters, ...parameters });
  for (const [name] of values)
    if (!names.has(name)) throw new Refusal(400, `parameters.${name}: the document has no such control`);
  return tables.map(({ controls }) =>
    values.flatMap(([name, value]) => {
      const targeted = controls.filter((control) => control.name === name);
      return targeted.map((control) => filterOf(control, value, switches));
    }),
  );
}

const MINUTE_MS = 60_000;

/** At most so many requests in any 60 seconds. */
class MinuteLimit {
  readonly #most: number;
  /** Times of the requests that were let through in the last minute. */
  readonly #passed: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Lets a request through and returns 0, or says in how many seconds the next one may come. */
  waitS(now = performance.now()): number {
    while ((this.#passed[0] ?? now) <= now - MINUTE_MS) this.#passed.shift();
    const [oldest] = this.#passed;
    if (this.#passed.length >= this.#most)
      return Math.max(1, Math.ceil(((oldest ?? now) + MINUTE_MS - now) / 1000));
    this.#passed.push(now);
    return 0;
  }
}
