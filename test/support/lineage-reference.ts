/** Lineage and schedules of the analytics schema, worked out naively from the entries of an organization. */
import type { Rows } from './analytics-reference.ts';
import type { Entries, Entry } from './analytics-truth.ts';

const str = (value: unknown): string => String(value ?? '');

/** `lineage`: edges as `upstream > downstream (kind)`. */
export function edges(of: Entries): Set<string> {
  const found = new Set<string>();
  const add = (up: unknown, down: unknown, kind: unknown): unknown => found.add(`${up} > ${down} (${kind})`);
  for (const path of of('connection_paths')) {
    if (!Array.isArray(path['path']) || path['path'].length < 2) continue;
    const inodes = of('connection_path_grants')
      .filter((grant) => grant['connectionPathId'] === path['urlId'])
      .map((grant) => str(grant['inodeId']))
      .sort();
    add(path['connectionId'], inodes[0] ?? path['urlId'], 'contains');
  }
  for (const source of of('dataset_sources'))
    if (source['inodeId'] != null) add(source['inodeId'], source['datasetId'], 'source');
  for (const source of of('data_model_sources')) {
    const id =
      source['tableId'] ?? source['sourceDatasetId'] ?? source['datasetId'] ?? source['sourceDataModelId'];
    if (id != null) add(id, source['dataModelId'], 'source');
  }
  for (const source of of('workbook_sources')) {
    const id = source['inodeId'] ?? source['dataModelId'];
    if (id != null) add(id, source['workbookId'], 'source');
  }
  const elements = new Set(of('workbook_elements').map((one) => `${one['workbookId']}:${one['elementId']}`));
  for (const edge of of('workbook_lineage')) {
    const node = (side: 'source' | 'target'): unknown => {
      const own = `${edge['workbookId']}:${edge[side]}`;
      const isSheet = (edge[`${side}Node`] as Entry | null)?.['type'] === 'sheet';
      return elements.has(own) || isSheet ? own : edge[side];
    };
    add(node('source'), node('target'), edge['type']);
  }
  for (const element of of('workbook_elements'))
    add(`${element['workbookId']}:${element['elementId']}`, element['workbookId'], 'part');
  return found;
}

/** What can be reached from a node along edges, with the number of steps. */
export function reach(all: Iterable<{ from: string; to: string }>, start: string): Map<string, number> {
  const next = new Map<string, string[]>();
  for (const { from, to } of all) next.set(from, [...(next.get(from) ?? []), to]);
  const found = new Map<string, number>();
  let front = [start];
  for (let depth = 1; front.length > 0; depth++) {
    const further = [...new Set(front.flatMap((node) => next.get(node) ?? []))];
    front = further.filter((node) => node !== start && !found.has(node));
    for (const node of front) found.set(node, depth);
  }
  return found;
}

const DAY = 86_400_000;

/** Whether a number fits a field of a cron expression that has only numbers, ranges, steps and lists. */
function fits(field: string, value: number, low: number, high: number): boolean {
  return field.split(',').some((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [low, high] : range.split('-').map(Number);
    const last = to ?? (part.includes('/') ? high : from);
    for (let n = from ?? low; n <= (last ?? high); n += Number(step)) if (n === value) return true;
    return false;
  });
}

/** `cron_runs` of an expression without days of the month: every minute of a week by the clock on the wall. */
export function weekly(spec: string, zone: string): Map<string, number> {
  const [minute = '', hour = '', , , weekday = ''] = spec.split(' ');
  const offset = offsetOf(zone);
  const found = new Map<string, number>();
  // A Monday.
  const start = Date.UTC(2024, 0, 1);
  for (let at = start; at < start + 7 * DAY; at += 60_000) {
    const wall = new Date(at + offset);
    const day = wall.getUTCDay();
    if (!fits(weekday, day, 0, 7) && !(day === 0 && fits(weekday, 7, 0, 7))) continue;
    if (!fits(hour, wall.getUTCHours(), 0, 23) || !fits(minute, wall.getUTCMinutes(), 0, 59)) continue;
    const utc = new Date(at);
    const key = `${((utc.getUTCDay() + 6) % 7) + 1} ${utc.getUTCHours()}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return found;
}

/** What a zone's clocks are ahead of UTC now, in milliseconds. */
function offsetOf(zone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(new Date())
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = '0', minutes = '0'] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name ?? '') ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** `schedule_load` as runs by `day hour kind`; schedules with days of the month are none of the simulator's. */
export function load(of: Entries): Rows {
  const totals = new Map<string, number>();
  const add = (kind: string, schedule: unknown): void => {
    const { cronSpec, timezone } = (schedule ?? {}) as Entry;
    if (cronSpec == null) return;
    for (const [hour, runs] of weekly(str(cronSpec), str(timezone) || 'UTC'))
      totals.set(`${hour} ${kind}`, (totals.get(`${hour} ${kind}`) ?? 0) + runs);
  };
  const live = (stream: string, id: string, parents: string): Entry[] =>
    of(stream).filter((one) => of(parents).some((p) => p[id] === one[id] && p['isArchived'] !== true));
  for (const one of live('workbook_schedules', 'workbookId', 'workbooks'))
    if (one['isSuspended'] !== true && one['disabledAt'] == null) add('export', one['schedule']);
  for (const one of live('workbook_materialization_schedules', 'workbookId', 'workbooks'))
    if (one['paused'] !== true) add('materialization', one['schedule']);
  for (const one of live('data_model_materialization_schedules', 'dataModelId', 'data_models'))
    if (one['paused'] !== true) add('materialization', one['schedule']);
  return [...totals].map(([key, runs]) => ({ key, runs }));
}
