/** `check` of the audit log that answers are made of: does anything in it count as an opening? */
import { readAuditLog } from '../../analytics/audit-log.ts';
import type { AnalyticsSettings } from '../../analytics/compile-analytics.ts';
import type { Database } from '../../core/database/database.ts';
import { isMigrated } from '../../state/read/status.ts';
import type { Schemas } from '../../state/schemas.ts';
import { type CheckLine, failed } from './check-line.ts';

/** A line where the settings name an audit log. Never throws for what it finds. */
export async function checkAuditLog(
  database: Database,
  schemas: Schemas,
  settings: AnalyticsSettings,
): Promise<CheckLine | undefined> {
  if (settings.auditLog === undefined && settings.auditLogLacks === undefined) return undefined;
  const subject = 'audit log';
  try {
    if (settings.auditLogLacks === undefined && !(await isMigrated(database, schemas)))
      return { subject, outcome: 'skipped', detail: 'nothing was synced yet' };
    const { problem } = await database.session((session) => readAuditLog(session, schemas, settings));
    if (problem === undefined) return { subject, outcome: 'ok', detail: 'openings are known from it' };
    const fix = 'docs/recipes/audit-log.md has the settings; "sigma-sync exports discover" shows the labels.';
    return { subject, outcome: 'warning', detail: problem, fix };
  } catch (error) {
    return failed(subject, error);
  }
}
