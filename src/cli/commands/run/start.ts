import { Command } from 'commander';
import type { JobOutcome } from '../../../operations/service/job-run.ts';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { configFor, speakAs } from '../../command-context.ts';

const EXAMPLES = `
Examples:
  $ sigma-sync start                        runs the schedules, and the page on http://127.0.0.1:8080
  $ sigma-sync start --once                 runs what is due now, and ends: for cron and Kubernetes
  $ sigma-sync --config prod.yaml start

A signal: SIGTERM and SIGINT stop it, and the next start goes on from there; SIGHUP reads the settings again.
Several processes may share a database: one of them runs the schedules, another takes over when it is gone.
`;

/** `start`: runs the schedules until it is stopped. */
export function startCommand(): Command {
  return new Command('start')
    .description('run the schedules and the page until stopped')
    .option('--once', 'run what is due now, and end')
    .addHelpText('after', EXAMPLES)
    .action(async ({ once }: { once?: boolean }, command: Command) => {
      const { outcomes, stoppedBy } = await runService({
        load: () => configFor(command),
        schedules: true,
        once: once === true,
        onOpen: (service) => speakAs(redactorOf(service), service.app.config.log.format),
      });
      process.exitCode = once !== true ? 0 : stoppedBy === undefined ? worst(outcomes) : 130;
    });
}

const CODES: readonly [status: JobOutcome['status'], code: number][] = [
  ['failed', 1],
  ['blocked', 4],
  ['interrupted', 130],
  ['partial', 3],
];

function worst(outcomes: readonly JobOutcome[]): number {
  return CODES.find(([status]) => outcomes.some((outcome) => outcome.status === status))?.[1] ?? 0;
}
