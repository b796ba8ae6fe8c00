/** The settings of the analytics schema, ready to use. */
import { ConfigError } from '../core/errors.ts';
import { suggestion } from '../core/nearest.ts';
import type { ExportDefinition } from '../exports/decide/definition.ts';
import type { AuditLogColumns } from './model.ts';

/** Settings of the analytics schema. */
export interface AnalyticsSettings {
  /** Keep it up to date with every sync. */
  readonly enabled: boolean;
  readonly staleDays: number;
  readonly internalDomains: readonly string[];
  /** The audit log as an export loads it: columns by their names in its table. */
  readonly auditLog: (AuditLogColumns & { readonly schema: string; readonly table: string }) | undefined;
  /** Settings without which a configured audit log can't be read: nothing documents the labels of its columns. */
  readonly auditLogLacks?: readonly string[];
}

/** The audit log as the settings have it. */
export interface AuditLogSettings extends Omit<AuditLogColumns, 'time' | 'object'> {
  readonly export: string;
  readonly time?: string | undefined;
  readonly object?: string | undefined;
}

/**
 * Finds the table that the export of the audit log fills.
 *
 * @param exportsSchema schema of the tables of exports.
 * @param hashDomain makes the hashes of domains, where addresses are stored as hashes.
 * @throws ConfigError where there is no such export.
 */
export function compileAnalytics(
  {
    auditLog,
    ...plain
  }: Omit<AnalyticsSettings, 'auditLog'> & {
    readonly auditLog?: AuditLogSettings | undefined;
  },
  exports: readonly ExportDefinition[],
  exportsSchema: string,
  hashDomain?: (domain: string) => string | undefined,
): AnalyticsSettings {
  const hashes = plain.internalDomains.flatMap((one) => hashDomain?.(one.toLowerCase()) ?? []);
  const settings = { ...plain, internalDomains: [...plain.internalDomains, ...hashes] };
  if (auditLog === undefined) return { ...settings, auditLog: undefined };
  const { export: name, time, object, ...columns } = auditLog;
  const table = exports.find((one) => one.name === name)?.table;
  if (table === undefined) {
    throw new ConfigError(`analytics.audit_log.export is ${name}, but there is no such export.`, {
      advice:
        exports.length === 0
          ? 'Add the export of the audit log to exports, or take audit_log out.'
          : suggestion(
              exports.map((one) => one.name),
              name,
            ).trim(),
    });
  }
  if (time === undefined || object === undefined) {
    const lacks = Object.entries({ time, object }).filter(([, column]) => column === undefined);
    return { ...settings, auditLog: undefined, auditLogLacks: lacks.map(([setting]) => setting) };
  }
  return { ...settings, auditLog: { ...columns, time, object, schema: exportsSchema, table } };
}
