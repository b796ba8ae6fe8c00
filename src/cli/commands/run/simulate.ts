import { once } from 'node:events';
import type { Command } from 'commander';
import type { Encoding } from '../../../../simulator/http/compression.ts';
import { NOVELTIES_OF_API, type Novelties } from '../../../../simulator/http/novelties.ts';
import { createOrganization, type OrganizationOptions } from '../../../../simulator/organization.ts';
import { type Simulator, startSimulator } from '../../../../simulator/server.ts';
import { ConfigError } from '../../../core/errors.ts';
import { print } from '../../output/tables.ts';

/** Of a simulator that nobody gave one. */
const DEFAULT_SECRET = 'simulator-secret';

interface SimulateFlags extends OrganizationOptions {
  readonly workbooks: number;
  readonly port: number;
  readonly latency: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly api: keyof typeof NOVELTIES_OF_API;
  readonly without?: readonly (keyof Novelties)[];
  readonly with?: readonly (keyof Novelties)[];
  readonly compress: readonly (Encoding | 'none')[];
}

/** `simulate`: serves a simulated organization until it is stopped. */
export async function run(_: Command, flags: SimulateFlags): Promise<void> {
  const {
    port,
    latency,
    clientId,
    clientSecret,
    api,
    without = [],
    with: added = [],
    compress,
    ...sizes
  } = flags;
  const simulator = await startSimulator({
    organization: createOrganization({ ...sizes, now: Date.now() }),
    port,
    latencyMs: latency,
    clientId,
    clientSecret,
    compression: { encodings: compress.filter((name) => name !== 'none') },
    novelties: { ...NOVELTIES_OF_API[api], ...switched(added, true), ...switched(without, false) },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    throw new ConfigError(`The simulator can't listen on port ${port}: ${error.message}.`, {
      advice: 'Set another port with --port; 0 takes any free one.',
    });
  });
  print(
    `Serving ${sizes.workbooks} workbooks at ${simulator.url}; ${simulator.url}/_simulator explains how to change them.`,
  );
  // A secret that somebody chose may be used elsewhere, too.
  const secret = clientSecret === DEFAULT_SECRET ? clientSecret : '…';
  print('In another terminal, without SIGMA_REGION:');
  print(`  export SIGMA_BASE_URL=${simulator.url} SIGMA_CLIENT_ID=${clientId} SIGMA_CLIENT_SECRET=${secret}`);
  printAuditLog(simulator);
  // Before the line is printed: its reader may send the signal at once.
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  print('Stop it with Ctrl-C.');
  await stopped;
  await simulator.close();
}

/** Novelties by name, all of them on or off. */
function switched(names: readonly (keyof Novelties)[], on: boolean): Partial<Novelties> {
  return Object.fromEntries(names.map((name) => [name, on]));
}

/** Says where the audit log is, where there is one. */
export function printAuditLog({ organization }: Simulator): void {
  const { auditLog } = organization;
  if (auditLog === undefined) return;
  print(
    `The audit log is element ${auditLog.elementId} of workbook ${auditLog.workbookId}, in the browser at`,
  );
  print(`  ${organization.urlOf(auditLog)}`);
}
