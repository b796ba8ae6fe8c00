/** Models about schedules, worked out naively: minute by minute. */
import { parse } from 'node-cron';
import { type Entry, nameOf, type Row, type Seen } from './seen.ts';

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/** A Monday, from which on the calendar repeats after 400 years. */
const MONDAY = Date.UTC(2001, 0, 1);
const DAYS_OF_CALENDAR = 146_097;

/** Minutes that a zone is ahead of UTC at a time. */
export function offsetOf(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  return Math.round((Date.parse(`${format.format(at).replace(' ', 'T')}Z`) - at) / MINUTE);
}

/** `cron_runs` for expressions whose days and months are all `*`: every minute of one week is looked at. */
export function weekly(spec: string, zone: string, now: number): Row[] {
  const { minute, hour, dayOfWeek } = parse(spec);
  const ahead = offsetOf(zone, now);
  const [minutes, hours, weekdays] = [
    new Set<unknown>(minute),
    new Set<unknown>(hour),
    new Set<unknown>(dayOfWeek),
  ];
  return counted(
    Array.from({ length: 7 * 1440 }, (_, n) => MONDAY + n * MINUTE).filter((at) => {
      const wall = new Date(at + ahead * MINUTE);
      return (
        minutes.has(wall.getUTCMinutes()) && hours.has(wall.getUTCHours()) && weekdays.has(wall.getUTCDay())
      );
    }),
  );
}

/** Runs a week over all days that the calendar has, of an expression that runs at one minute of a day. */
export function perWeek(spec: string): number {
  const { dayOfMonth, month, dayOfWeek } = parse(spec);
  const [, , days = '', , weekdays = ''] = spec.split(' ');
  const isEither = !days.startsWith('*') && !weekdays.startsWith('*');
  let runs = 0;
  for (let n = 0; n < DAYS_OF_CALENDAR; n++) {
    const date = new Date(MONDAY + n * DAY);
    if (!month.includes(date.getUTCMonth() + 1)) continue;
    const fits = [dayOfMonth.includes(date.getUTCDate()), dayOfWeek.includes(date.getUTCDay())];
    if (isEither ? fits.includes(true) : !fits.includes(false)) runs++;
  }
  return (runs * 7) / DAYS_OF_CALENDAR;
}

function counted(times: readonly number[]): Row[] {
  const hours = Map.groupBy(times, (at) => Math.floor(at / (60 * MINUTE)));
  return [...hours.values()].map((runs) => {
    const at = new Date(runs[0] ?? 0);
    return { day_of_week: ((at.getUTCDay() + 6) % 7) + 1, hour: at.getUTCHours(), runs: runs.length };
  });
}

/** `schedule_load`. */
export function load(seen: Seen, now: number): Row[] {
  const isOpen = (stream: string, id: string): ((one: Entry) => boolean) => {
    const parents = seen.by(stream, id);
    return (one) => parents.get(one[id])?.['isArchived'] === false;
  };
  const inBook = isOpen('workbooks', 'workbookId');
  const inReport = isOpen('reports', 'reportId');
  const inModel = isOpen('data_models', 'dataModelId');
  const running = [
    ...[...seen.live('workbook_schedules').filter(inBook), ...seen.live('report_schedules').filter(inReport)]
      .filter((one) => one['isSuspended'] === false && one['disabledAt'] === null)
      .map((one) => ({ kind: 'export', schedule: one['schedule'] as Entry | null })),
    ...[
      ...seen.live('workbook_materialization_schedules').filter(inBook),
      ...seen.live('data_model_materialization_schedules').filter(inModel),
    ]
      .filter((one) => one['paused'] === false)
      .map((one) => ({ kind: 'materialization', schedule: one['schedule'] as Entry | null })),
  ];
  const found = new Map<
    string,
    { day_of_week: unknown; hour: unknown; kind: string; runs: number; schedules: number }
  >();
  for (const { kind, schedule } of running) {
    if (schedule === null) continue;
    for (const { day_of_week, hour, runs } of weekly(
      String(schedule['cronSpec']),
      String(schedule['timezone']),
      now,
    )) {
      const key = `${day_of_week} ${hour} ${kind}`;
      const row = found.get(key) ?? { day_of_week, hour, kind, runs: 0, schedules: 0 };
      row.runs += Number(runs);
      row.schedules++;
      found.set(key, row);
    }
  }
  return [...found.values()];
}

/** `schedule_failures`. */
export function failures(seen: Seen): Row[] {
  const datasets = seen.by('datasets', 'datasetId');
  const books = seen.by('workbooks', 'workbookId');
  const failed = seen.live('dataset_materializations').flatMap(({ datasetId, status, finishedAt, error }) => {
    const dataset = datasets.get(datasetId);
    if (status !== 'failed' || dataset?.['isArchived'] !== false) return [];
    const detail = (error as Entry)['message'];
    return [
      {
        kind: 'materialization',
        object_id: datasetId,
        name: dataset['name'],
        failed_at: finishedAt,
        detail,
        event: 'failed',
      },
    ];
  });
  const members = seen.ever('members');
  const reports = seen.by('reports', 'reportId');
  const schedules = [...seen.live('workbook_schedules'), ...seen.live('report_schedules')];
  const disabled = schedules.flatMap(({ workbookId, reportId, disabledAt, disabledBy }) => {
    const book = books.get(workbookId) ?? reports.get(reportId);
    if (disabledAt === null || book?.['isArchived'] !== false) return [];
    const member = members.get(String(disabledBy))?.entry;
    const who = nameOf(member) ?? member?.['email'] ?? disabledBy;
    const detail = `disabled by ${who}`;
    return [
      {
        kind: 'export',
        object_id: workbookId ?? reportId,
        name: book['name'],
        failed_at: disabledAt,
        detail,
        event: 'disabled',
      },
    ];
  });
  return [...failed, ...disabled];
}
