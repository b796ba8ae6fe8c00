import type { Command } from 'commander';
import type { JobOutcome } from '../../../operations/service/job-run.ts';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { configFor } from '../../command-context.ts';
import { speakAs } from '../../voice.ts';

/** `start`: runs the schedules until it is stopped. */
export async function run(command: Command, { once }: { once?: true }): Promise<void> {
  const { outcomes, stoppedBy } = await runService({
    load: () => configFor(command),
    schedules: true,
    once: once === true,
    onOpen: (service) => speakAs(redactorOf(service), service.app.config.log.format),
  });
  process.exitCode = once !== true ? 0 : stoppedBy === undefined ? worst(outcomes) : 130;
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
