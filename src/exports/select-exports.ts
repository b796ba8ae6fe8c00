/** Chooses the exports of a command, and finds those that are due. */
import { hasTable } from '../core/database/database.ts';
import { ConfigError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import { parseTurns } from '../core/turns.ts';
import { exportOutcomes } from '../state/read/outcomes.ts';
import type { ExportDefinition } from './decide/definition.ts';
import type { ExportEngine } from './export-engine.ts';

/** The named exports, or all of them. @throws ConfigError that suggests the nearest name, or says that there are none. */
export function exportsNamed(
  exports: readonly ExportDefinition[],
  names: readonly string[],
): readonly ExportDefinition[] {
  if (exports.length === 0) {
    throw new ConfigError('The settings have no exports.', {
      advice: '"sigma-sync exports discover <workbook>" prints entries for the settings file.',
    });
  }
  if (names.length === 0) return exports;
  return [...new Set(names)].map((name) => {
    const found = exports.find((definition) => definition.name === name);
    if (found !== undefined) return found;
    const known = exports.map((definition) => definition.name);
    throw new ConfigError(`There is no export "${name}" in the settings.${suggestion(known, name)}`);
  });
}

/** The state of an export. Times are ISO 8601. */
export interface ExportState {
  readonly name: string;
  readonly table: string;
  readonly mode: string;
  /** `never` where no run has tried it. */
  readonly status: string;
  readonly lastSuccessAt: string | null;
  readonly lastAttemptAt: string | null;
  readonly watermark: string | null;
  readonly error: string | null;
}

/** The stored state of each export. @throws DatabaseError */
export async function exportStates(
  {
    database,
    schemas,
  }: Pick<ExportEngine, 'schemas'> & { readonly database: ExportEngine['database'] | undefined },
  exports: readonly ExportDefinition[],
): Promise<readonly ExportState[]> {
  const known =
    (await database?.session(async (session) =>
      (await hasTable(session, schemas.state, 'exports')) ? exportOutcomes(session, schemas) : [],
    )) ?? [];
  return exports.map(({ name, table, mode }) => {
    const outcome = known.find((one) => one.export === name);
    return {
      ...{ name, table, mode, status: outcome?.status ?? 'never' },
      lastSuccessAt: outcome?.lastSuccessAt?.toISOString() ?? null,
      lastAttemptAt: outcome?.lastAttemptAt.toISOString() ?? null,
      watermark: outcome?.watermark?.toISOString() ?? null,
      error: outcome?.error ?? null,
    };
  });
}

/** Exports whose schedule had a turn since they were last loaded; those without one always. @throws DatabaseError */
export async function dueExports(
  engine: Pick<ExportEngine, 'database' | 'schemas' | 'clock'>,
  exports: readonly ExportDefinition[],
): Promise<readonly ExportDefinition[]> {
  if (exports.length === 0) return [];
  const states = await exportStates(engine, exports);
  const now = new Date(engine.clock.now());
  return exports.filter(({ name, schedule, timeZone }) => {
    const last = states.find((state) => state.name === name)?.lastSuccessAt;
    const lastSuccess = last === null || last === undefined ? undefined : new Date(last);
    return isDue({ schedule, timeZone, lastSuccess, now });
  });
}

/** An export, the end of its last success, and the time. */
type DueQuestion = Pick<ExportDefinition, 'schedule' | 'timeZone'> &
  Record<'lastSuccess', Date | undefined> & { now: Date };

/**
 * True where the schedule has a turn after the last success and up to now; always, where the export has no schedule or
 * never succeeded. However many turns were missed, one run makes up for them.
 *
 * @throws ConfigError where the schedule or the time zone can't be read.
 */
export function isDue({ schedule, timeZone, lastSuccess, now }: DueQuestion): boolean {
  if (schedule === undefined) return true;
  const turns = parseTurns(schedule, timeZone);
  return lastSuccess === undefined || turns.latest(lastSuccess, now) !== undefined;
}
