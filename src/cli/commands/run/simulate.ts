import { once } from 'node:events';
import { Command } from 'commander';
import { ConfigError } from '../../../core/errors.ts';
import { createOrganization, type Organization } from '../../../../simulator/organization.ts';
import { startSimulator } from '../../../../simulator/server.ts';
import { wholeNumber } from '../../command-context.ts';
import { print } from '../../output/tables.ts';

interface SimulateFlags {
  readonly port: number;
  readonly seed: number;
  readonly workbooks: number;
  readonly members: number;
  readonly teams: number;
  readonly grants: number;
  readonly elements?: number;
  readonly connections?: number;
  readonly dataModels?: number;
  readonly datasets?: number;
  readonly auditLog?: true;
  readonly latency: number;
  readonly clientId: string;
  readonly clientSecret: string;
}

const EXAMPLES = `
Example:
  $ sigma-sync simulate --port 8787 --workbooks 2000
  $ export SIGMA_BASE_URL=http://127.0.0.1:8787 SIGMA_CLIENT_ID=simulator-client SIGMA_CLIENT_SECRET=simulator-secret
  $ sigma-sync sync
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/mutate -d '{"random": 10}'
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/faults -d '{"kinds": ["429", "500", "cut"], "rate": 0.1}'

With --audit-log, events arrive as the simulator's clock moves, which only this and changes do:
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/clock -d '{"advanceMs": 86400000}'
`;

/** `simulate`: serves a simulated organization until it is stopped. */
export function simulateCommand(): Command {
  const size = (name: string): ((text: string) => number) => wholeNumber(name, 0, 1_000_000);
  return new Command('simulate')
    .description('serve a simulated Sigma organization over HTTP')
    .option('--port <n>', 'port (0 = any free one)', wholeNumber('--port', 0, 65_535), 8787)
    .option('--seed <n>', 'another number, another organization', wholeNumber('--seed', 0, 2 ** 31), 1)
    .option('--workbooks <n>', 'workbooks', size('--workbooks'), 120)
    .option('--members <n>', 'members', wholeNumber('--members', 1, 1_000_000), 40)
    .option('--teams <n>', 'teams', size('--teams'), 8)
    .option('--grants <n>', 'direct grants', size('--grants'), 600)
    .option('--elements <n>', 'elements of all workbooks together', size('--elements'))
    .option('--connections <n>', 'connections', size('--connections'))
    .option('--data-models <n>', 'data models', size('--data-models'))
    .option('--datasets <n>', 'datasets', size('--datasets'))
    .option('--audit-log', 'a workbook with the audit log, to export it')
    .option('--latency <ms>', 'delay of every answer', size('--latency'), 0)
    .option('--client-id <id>', 'client id it accepts', 'simulator-client')
    .option('--client-secret <secret>', 'client secret it accepts', 'simulator-secret')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: SimulateFlags) => {
      const { port, latency, clientId, clientSecret, ...sizes } = flags;
      const simulator = await startSimulator({
        organization: createOrganization({ ...sizes, now: Date.now() }),
        port,
        latencyMs: latency,
        clientId,
        clientSecret,
      }).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
        throw new ConfigError(`Port ${port} of this machine can't be had: ${error.message}.`, {
          advice: 'Give another one with --port, or 0 for any.',
        });
      });
      print(
        `Serving ${sizes.workbooks} workbooks at ${simulator.url}; ${simulator.url}/_simulator says how to change them.`,
      );
      printAuditLog(simulator.organization);
      // Before it says so: whoever reads the line may send the signal at once.
      const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      print('Stop it with Ctrl-C.');
      await stopped;
      await simulator.close();
    });
}

/** Says where the audit log is, where there is one. */
export function printAuditLog(organization: Organization): void {
  const { auditLog } = organization;
  if (auditLog === undefined) return;
  print(
    `The audit log is element ${auditLog.elementId} of workbook ${auditLog.workbookId}, in the browser at`,
  );
  print(`  ${organization.urlOf(auditLog)}`);
}
