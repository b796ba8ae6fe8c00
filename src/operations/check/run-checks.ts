/** `check`: everything a sync needs, tried one after the other, each failure with its fix. */
import { readLimits } from '../../analytics/read-limits.ts';
import { staleAnswers } from '../../analytics/stale-answers.ts';
import type { Database } from '../../core/database/database.ts';
import { ApiError, AuthError } from '../../core/errors.ts';
import { isPlainObject } from '../../core/plain-object.ts';
import { type HideContext, pendingExports } from '../../exports/write/hide-stored.ts';
import { fill } from '../../extractors/extract.ts';
import type { Endpoint, Stream } from '../../extractors/stream.ts';
import { type ApplyContext, pendingSteps } from '../../loaders/privacy/apply.ts';
import { describePrivacy } from '../../loaders/privacy/privacy-report.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import type { ApiAnswer } from '../../sigma/outcome.ts';
import { segment } from '../../sigma/segment.ts';
import { means, statusOf } from '../../sigma/status.ts';
import { pendingMigrations } from '../../state/migrate.ts';
import { returnedMembers } from '../../state/read/returned.ts';
import { isMigrated } from '../../state/read/status.ts';
import type { Schemas } from '../../state/schemas.ts';
import { type CheckLine, failed } from './check-line.ts';
import { checkOwner } from './check-owner.ts';
import { checkPower } from './check-power.ts';
import { checkRights } from './check-rights.ts';
import { checkServer } from './check-server.ts';
import { checkTables } from './check-tables.ts';
import { checkTimes } from './check-times.ts';

/** A clock off by more than this makes "changed since" and token expiry unreliable. */
const MOST_SKEW_MS = 60_000;

/**
 * Checks reachability, clock and credentials, then what each stream may read. Never throws for what it finds.
 *
 * @param isHidden columns of members that privacy settings hide
 */
export async function* checkApi(
  client: SigmaClient,
  streams: readonly Stream[],
  now: () => number,
  isHidden: (column: string) => boolean = () => false,
): AsyncGenerator<CheckLine> {
  let answer: ApiAnswer;
  try {
    answer = await client.get('/v2/whoami');
  } catch (error) {
    yield failed(error instanceof AuthError ? 'credentials' : 'api', error);
    for (const stream of streams)
      yield { subject: `stream ${stream.name}`, outcome: 'skipped', detail: 'not tried' };
    return;
  }
  yield { subject: 'api', outcome: 'ok', detail: 'it answers' };
  yield clockLine(answer.serverTime, now());
  yield* checkOwner(client, answer.body, isHidden);

  const samples: Samples = new Map();
  for (const stream of streams) yield await checkStream(client, stream, streams, samples);
}

/** Checks connection, version, rights, migrations and clocks; the parameters are those of {@link checkRights}. */
export async function* checkDatabase(
  database: Database,
  schemas: Schemas,
  exportsSchema?: string,
  answers?: string,
  shared: readonly string[] = [],
  now: () => number = Date.now,
): AsyncGenerator<CheckLine> {
  try {
    yield await database.session((session) => checkServer(session, database.label));
    yield await database.session((session) => checkRights(session, schemas, exportsSchema, answers, shared));
    const power = await checkPower(database);
    if (power !== undefined) yield power;
    const inTheWay = await database.session((session) => checkTables(session, schemas));
    if (inTheWay !== undefined) yield inTheWay;
    if (!(await mayRead(database, schemas))) {
      yield { subject: 'migrations', outcome: 'skipped', detail: 'this user may not read them' };
      return;
    }
    const pending = await pendingMigrations(database, schemas);
    const detail =
      pending.length === 0 ? 'all applied' : `${pending.length} pending; the next sync applies them`;
    yield { subject: 'migrations', outcome: 'ok', detail };
    yield* await checkTimes(database, schemas, now);
  } catch (error) {
    yield failed('database', error);
  }
}

/** False where the state schema is there and closed to the user. */
export async function mayRead(database: Database, { state }: Schemas): Promise<boolean> {
  const [row] = await database.session((session) =>
    session.query<{ reads: boolean }>(
      `select bool_and(has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')) as reads
         from pg_namespace n join pg_class c on c.relnamespace = n.oid
        where n.nspname = $1 and c.relname in ('migrations', 'partitions', 'privacy')`,
      [state],
    ),
  );
  return row?.reads !== false;
}

/** Says what personal data is kept, and whether what is stored complies with the settings. */
export async function checkPrivacy(context: ApplyContext, exports?: HideContext): Promise<CheckLine> {
  const line = {
    subject: 'privacy',
    outcome: 'ok',
    detail: describePrivacy(context.streams, context.privacy),
  } as const;
  try {
    const pending =
      (await isMigrated(context.database, context.schemas)) &&
      (await mayRead(context.database, context.schemas))
        ? await pendingSteps(context)
        : undefined;
    const plain = exports === undefined || pending === undefined ? [] : await pendingExports(exports);
    const waiting = [
      ...(pending ?? []).map(({ stream }) => stream.name),
      ...plain.map(({ definition }) => `export ${definition.name}`),
    ];
    if (waiting.length === 0) return { ...line, ...(await shownStill(context)) };
    const names = waiting.join(', ');
    const detail = `${line.detail}; not applied yet to what is stored of ${names}`;
    return { ...line, outcome: 'warning', detail, fix: 'Run "sigma-sync sync": it rewrites the rows first.' };
  } catch (error) {
    return failed(line.subject, error);
  }
}

/** Answers that still show values hidden since then: their refresh was killed or failed. */
async function shownStill({
  database,
  schemas,
  streams,
  privacy,
}: ApplyContext): Promise<Partial<CheckLine>> {
  if (!(await isMigrated(database, schemas)) || !(await mayRead(database, schemas))) return {};
  const stale = await database.session((session) => staleAnswers(session, schemas));
  if (stale.length === 0) return {};
  const detail = `${describePrivacy(streams, privacy)}; models were not refreshed since and may still show it: ${stale.join(', ')}`;
  return { outcome: 'warning', detail, fix: 'Run "sigma-sync analytics refresh".' };
}

/** Warns of members who were forgotten and are there again; no line where there are none. */
export async function checkForgotten(database: Database, schemas: Schemas): Promise<CheckLine | undefined> {
  const subject = 'forgotten';
  try {
    if (!(await isMigrated(database, schemas)) || !(await mayRead(database, schemas))) return undefined;
    const members = await database.session((session) => returnedMembers(session, schemas));
    if (members === 0) return undefined;
    const detail = `${members} forgotten ${members === 1 ? 'member is' : 'members are'} back, because Sigma still has them`;
    const fix = 'Delete them in Sigma, run "sigma-sync sync", then "sigma-sync forget" again.';
    return { subject, outcome: 'warning', detail, fix };
  } catch (error) {
    return failed(subject, error);
  }
}

/** Says of which answers privacy settings keep something; no line where they are whole. */
export async function checkAnswers(database: Database, schemas: Schemas): Promise<CheckLine | undefined> {
  const subject = 'answers';
  try {
    const limits = await database.session((session) => readLimits(session, schemas));
    if (limits.length === 0) return undefined;
    const detail = limits
      .map(({ column, answers, effect }) => `${column} is hidden. ${answers.join(', ')}: ${effect}`)
      .join(' ');
    const fix =
      'docs/privacy.md explains what is left; "select * from answer_limits where rule is not null" lists it.';
    return { subject, outcome: 'warning', detail, fix };
  } catch (error) {
    return failed(subject, error);
  }
}

function clockLine(serverTime: number | undefined, now: number): CheckLine {
  if (serverTime === undefined)
    return { subject: 'clock', outcome: 'skipped', detail: 'the API gives no time' };
  const skew = Math.round((now - serverTime) / 1000);
  if (Math.abs(skew) * 1000 <= MOST_SKEW_MS)
    return { subject: 'clock', outcome: 'ok', detail: `within ${Math.abs(skew)} s` };
  const detail = `this machine is ${Math.abs(skew)} s ${skew > 0 ? 'ahead' : 'behind'}`;
  return { subject: 'clock', outcome: 'warning', detail, fix: 'Set the clock (NTP).' };
}

/** The first entry of each stream that was read. */
type Samples = Map<string, Readonly<Record<string, unknown>>>;

/** Reads one entry of the stream: of a root its first, of a child that of any parent seen before. */
async function checkStream(
  client: SigmaClient,
  stream: Stream,
  streams: readonly Stream[],
  samples: Samples,
): Promise<CheckLine> {
  const subject = `stream ${stream.name}`;
  const sampled = (name: string, column: string): unknown => {
    const field = streams.find((one) => one.name === name)?.columns.find((one) => one.name === column);
    return samples.get(name)?.[field?.source ?? ''];
  };
  const kind = stream.partitions?.[0]?.find(
    ({ parent, only }) =>
      samples.has(parent) &&
      (only === undefined || only.values.some((value) => value === sampled(parent, only.column))),
  );
  const params: Record<string, string> = {};
  if (stream.partitions !== undefined) {
    const value = kind === undefined ? undefined : sampled(kind.parent, kind.parentColumn);
    if (kind === undefined || typeof value !== 'string') {
      const detail = `no row of ${stream.parents[0] ?? 'its parent'} to try it with`;
      return { subject, outcome: 'skipped', detail };
    }
    params[kind.param] = value;
  }
  let refusal: ApiError | undefined;
  for (const { name, listings, forEach } of kind?.sources ?? stream.sources) {
    const [endpoint] = listings;
    if (endpoint === undefined) continue;
    if (forEach !== undefined) {
      const value = sampled(forEach.stream, forEach.column);
      if (typeof value !== 'string') continue;
      params[forEach.param] = value;
    }
    const found = await probe(client, stream.name, name, endpoint, params, samples);
    if (!(found instanceof ApiError)) return found;
    refusal = found;
  }
  if (refusal !== undefined) return refused(subject, refusal);
  return { subject, outcome: 'skipped', detail: 'no row of its parents to try it with' };
}

/** Asks for one entry, and keeps it as a sample. @returns what the API refused it with, where it did */
async function probe(
  client: SigmaClient,
  stream: string,
  source: string,
  endpoint: Endpoint,
  params: Readonly<Record<string, string>>,
  samples: Samples,
): Promise<CheckLine | ApiError> {
  const subject = `stream ${stream}`;
  try {
    const path = fill(endpoint.path, params, segment);
    const { body } = await client.get(path, { query: probeQuery(endpoint, params), stream });
    const entries = isPlainObject(body) ? body['entries'] : undefined;
    const first: unknown = Array.isArray(entries) ? entries[0] : undefined;
    if (isPlainObject(first)) samples.set(stream, first);
    return { subject, outcome: 'ok', detail: `readable (${source})` };
  } catch (error) {
    if (!(error instanceof ApiError)) return failed(subject, error);
    const meaning = endpoint.refusals?.[error.context.status ?? 0];
    return meaning === undefined
      ? error
      : { subject, outcome: 'ok', detail: `readable (${source}: ${meaning} for the one tried)` };
  }
}

function probeQuery(endpoint: Endpoint, params: Readonly<Record<string, string>>): Record<string, string> {
  const query = Object.entries(endpoint.query ?? {}).map(([name, value]): [string, string] => [
    name,
    fill(value, params, (text) => text),
  ]);
  const size =
    endpoint.paging === 'page' ? { limit: '1' } : endpoint.paging === 'pageToken' ? { pageSize: '1' } : {};
  return { ...Object.fromEntries(query), ...size };
}

/** If the credentials may not read something, or a plan lacks it, a sync leaves it out and does not fail. */
function refused(subject: string, error: unknown): CheckLine {
  const status = statusOf(error);
  if (means(status, 'no endpoint')) {
    return { subject, outcome: 'warning', detail: `unavailable: the API has no such endpoint (${status})` };
  }
  const line = failed(subject, error);
  return {
    ...line,
    ...(means(status, 'hidden') ? { outcome: 'warning', detail: `unavailable: ${line.detail}` } : {}),
    fix: 'Give the owner of the credentials permission to read it; an admin sees the whole organization.',
  };
}
