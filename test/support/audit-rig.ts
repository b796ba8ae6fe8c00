/** The audit log of a simulated organization, to be exported night by night on the simulator's clock. */

import type { AuditEvent, AuditLog } from '../../simulator/exports/audit-log.ts';
import { createOrganization, type OrganizationOptions } from '../../simulator/organization.ts';
import type { SimulatorOptions } from '../../simulator/server.ts';
import type { ExportDefinition } from '../../src/exports/decide/definition.ts';
import { systemClock } from '../../src/sigma/clock.ts';
import { definitionOf } from './export-definition.ts';
import { type ExportRig, impatient, startExportRig } from './export-rig.ts';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** See {@link startAuditRig}. */
export interface AuditRig extends ExportRig {
  readonly log: ExportRig['log'];
  readonly audit: AuditLog;
  /** The beginning of the organization, and 30 days before: as far back as Sigma reaches then. */
  readonly begin: Date;
  readonly start: Date;
  now(): number;
  advance(ms: number): void;
  /** The export of all of it, merged by the id of the event. */
  definition(changes?: Partial<ExportDefinition>): ExportDefinition;
  /** Events since `start` that have arrived by now, each once. */
  events(): AuditEvent[];
}

/** Starts an organization with an audit log, a database and an engine on its clock. */
export async function startAuditRig(options: {
  readonly organization?: OrganizationOptions;
  readonly exportJob?: SimulatorOptions['exportJob'];
  readonly audit?: (begin: number) => Parameters<ReturnType<typeof createOrganization>['addAuditLog']>[0];
}): Promise<AuditRig> {
  const organization = createOrganization({ workbooks: 6, members: 8, ...options.organization });
  const begin = new Date(organization.now);
  const audit = organization.addAuditLog(options.audit?.(begin.getTime()) ?? {});
  const rig = await startExportRig({
    organization,
    ...(options.exportJob === undefined ? {} : { exportJob: options.exportJob }),
    engine: { clock: { ...impatient(systemClock), now: () => organization.now } },
  });
  const start = new Date(Math.ceil((begin.getTime() - 30 * DAY) / DAY) * DAY);
  return {
    ...rig,
    audit,
    begin,
    start,
    now: () => organization.now,
    advance: (ms) => void organization.advance(ms),
    definition: (changes = {}) =>
      definitionOf(audit, {
        name: 'audit_events',
        mode: 'merge',
        key: ['Event ID'],
        window: {
          column: 'Created At',
          control: 'API-Date-Filter',
          start,
          stepMs: DAY,
          lookbackMs: 3 * HOUR,
        },
        ...changes,
      }),
    events: () =>
      [...audit.events(start.getTime(), organization.now)].filter(
        ({ arrivesAt }) => arrivesAt <= organization.now,
      ),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}
