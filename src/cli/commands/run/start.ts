/** The service on the command line. */
import type { Command } from 'commander';
import type { JobOutcome } from '../../../operations/service/job-run.ts';
import { redactorOf, runService } from '../../../operations/service/run-service.ts';
import { onlyOf, settingsReader } from '../../command-context.ts';
import { speakAs } from '../../voice.ts';

type Reader = ReturnType<typeof settingsReader>;

interface StartFlags {
  readonly once?: boolean;
  readonly inProcess?: boolean;
}

/** `start`: runs the schedules until it is stopped. */
export async function start(
  command: Command,
  { once = false, inProcess = false }: StartFlags,
): Promise<void> {
  const reader = settingsReader(command);
  if (leavesRunsToWorkers(reader, { once, inProcess })) return plan(reader);
  const { outcomes, stoppedBy } =
    reader.last.chosen.length > 1
      ? await several(reader, once)
      : await service(command, reader, { schedules: true, once });
  process.exitCode = !once ? 0 : stoppedBy === undefined ? worst(outcomes) : 130;
}

/** True if it only plans: all organizations of the settings, on a server that workers can reach. */
function leavesRunsToWorkers({ last }: Reader, { once, inProcess }: StartFlags): boolean {
  const { fleet, chosen } = last;
  const isWhole = chosen.length > 1 && chosen.length === fleet.organizations.length;
  return isWhole && fleet.base.database.url !== undefined && once !== true && inProcess !== true;
}

/** Plans the runs of all organizations, which workers do. */
async function plan(reader: Reader): Promise<void> {
  const { runPlanner } = await import('../../../operations/fleet/run-on-queue.ts');
  const { format } = reader.last.fleet.base.log;
  await runPlanner({ load: () => reader.load().fleet, onSecrets: (redact) => speakAs(redact, format) });
}

/** `serve`: the page alone; of several organizations, one over all of them. */
export async function serve(command: Command): Promise<void> {
  const reader = settingsReader(command);
  if (reader.last.chosen.length <= 1) {
    await service(command, reader, { schedules: false, once: false });
    return;
  }
  const { runPages } = await import('../../../operations/fleet/run-pages.ts');
  await import('winston');
  const { format } = reader.last.fleet.base.log;
  await runPages({ load: () => namesIn(reader), onSecrets: (redact) => speakAs(redact, format) });
}

/** The settings, and the organizations that the command is for. */
function namesIn(reader: Reader) {
  const { fleet, chosen } = reader.load();
  return { config: fleet, names: chosen.map(({ name }) => name) };
}

async function service(command: Command, reader: Reader, what: { schedules: boolean; once: boolean }) {
  // The log must be ready before anything fails: later there may be no descriptor left to load it with.
  await import('winston');
  return runService({
    load() {
      const read = reader.load();
      return onlyOf(command, read)?.config ?? read.fleet.base;
    },
    fleet: () => ({ fleet: reader.last.fleet, organization: reader.last.chosen[0]?.name }),
    ...what,
    onOpen: (opened) => speakAs(redactorOf(opened), opened.app.config.log.format),
  });
}

/** Several organizations: the schedules of each, and a page over all of them. */
async function several(reader: Reader, once: boolean) {
  const { runFleet } = await import('../../../operations/fleet/run-in-process.ts');
  await import('winston');
  const { format } = reader.last.fleet.base.log;
  return runFleet({
    load: () => namesIn(reader),
    once,
    onOpen: (redact) => speakAs(redact, format),
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
