/** The service on the command line. */
import type { Command } from 'commander';
import type { JobOutcome } from '../../../operations/service/job-run.ts';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { namesOf } from '../../../config/load-config.ts';
import { ConfigError } from '../../../core/errors.ts';
import { chosenFrom, fleetFor, oneFor } from '../../command-context.ts';
import { speakAs } from '../../voice.ts';

/** `start`: runs the schedules until it is stopped. */
export async function start(command: Command, { once = false }: { once?: boolean }): Promise<void> {
  const fleet = fleetFor(command);
  if (chosenFrom(command, fleet).length > 1) return plan(command, once, namesOf(fleet));
  const { outcomes, stoppedBy } = await service(command, { schedules: true, once });
  process.exitCode = !once ? 0 : stoppedBy === undefined ? worst(outcomes) : 130;
}

/** Plans the runs of many organizations, which workers do. */
async function plan(command: Command, once: boolean, names: string): Promise<void> {
  if (once)
    throw new ConfigError('"start --once" runs one organization, and the settings have several.', {
      advice: `Name it with --organization: ${names}. "sigma-sync sync" runs all of them.`,
    });
  const { runPlanner } = await import('../../../operations/fleet/run-fleet.ts');
  const load = () => fleetFor(command);
  await runPlanner({ load, onSecrets: (redact) => speakAs(redact, load().base.log.format) });
}

/** `serve`: the page alone. */
export async function serve(command: Command): Promise<void> {
  await service(command, { schedules: false, once: false });
}

async function service(command: Command, what: { schedules: boolean; once: boolean }) {
  // The log must be ready before anything fails: later there may be no descriptor left to load it with.
  await import('winston');
  return runService({
    load: () => oneFor(command).config,
    fleet: () => oneFor(command),
    ...what,
    onOpen: (opened) => speakAs(redactorOf(opened), opened.app.config.log.format),
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
