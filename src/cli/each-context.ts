/** One command for several organizations: each by itself, and one that fails stops no other. */
import PQueue from 'p-queue';
import type { FleetConfig, OrganizationConfig } from '../config/fleet.ts';
import { describeError, SigmaSyncError } from '../core/errors.ts';
import { logEvents } from '../core/logging/log-events.ts';
import { openLog, withFields } from '../core/logging/logger.ts';
import { type Fleet, type Member, openFleet } from '../fleet/open-fleet.ts';
import { type CommandContext, type ContextOptions, contextOf } from './one-context.ts';
import { type Printed, printingTo } from './output/stdout.ts';
import { print, printJson, printTable } from './output/tables.ts';
import { speak, speakAs } from './voice.ts';

/** The outcome of one organization. */
interface Ended extends Printed {
  readonly organization: string;
  readonly error: string | undefined;
}

/** Words for exit codes, the worst first. */
const WORDS: readonly (readonly [code: number, word: string])[] = [
  [1, 'failed'],
  [2, 'settings are wrong'],
  [130, 'interrupted'],
  [4, 'another run holds the lock'],
  [3, 'partial'],
  [0, 'done'],
];

/** Shared by all organizations for the length of the command. */
export interface EachParts {
  readonly config: FleetConfig;
  readonly chosen: readonly OrganizationConfig[];
  readonly signal: AbortSignal;
  readonly json: boolean;
}

/** Runs `work` for each organization; the exit code is the worst one. */
export async function inEach(
  parts: EachParts,
  options: ContextOptions,
  work: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const { config, json, signal } = parts;
  const atOnce = options.atOnce ?? 1;
  const fleet = openFleet({ ...parts, atOnce });
  speakAs(fleet.redact, config.base.log.format);
  const logger = openLog(config.base.log, fleet.secrets);
  const stops = fleet.members.map(({ name, app }) =>
    logEvents(app.events, withFields(logger, { organization: name }), { stateSchema: app.schemas.state }),
  );
  try {
    const { together } = options;
    if (together !== undefined) {
      const { redact, database } = fleet;
      const { members } = fleet;
      return await together({ ...parts, fleet: config, members, now: Date.now(), redact, database });
    }
    const queue = new PQueue({ concurrency: atOnce });
    const ended = await Promise.all(
      fleet.members.map((member) =>
        queue.add(async () => {
          const one = await endOf(member, parts, work);
          if (!json) printOne(one);
          return one;
        }),
      ),
    );
    const views = options.changes === true && !signal.aborted ? await fleet.refreshViews() : undefined;
    if (json) printJson({ organizations: ended.map(asJson), ...(views === undefined ? {} : { views }) });
    else if (options.changes === true || ended.some(({ exitCode }) => exitCode !== 0)) printSummary(ended);
    const failed = tellViews(views);
    const codes = [...ended.map(({ exitCode }) => exitCode), ...(failed ? [1] : [])];
    process.exitCode = WORDS.find(([code]) => codes.includes(code))?.[0] ?? Math.max(...codes);
  } finally {
    for (const stop of stops) stop();
    await fleet.close();
  }
}

async function endOf(
  { name, app, sync }: Member,
  { config, signal }: EachParts,
  work: (context: CommandContext) => Promise<void>,
): Promise<Ended> {
  const printed: Printed = { text: [], documents: [], exitCode: 0 };
  const tell = (text: string): void => speak('warn', 'command.told', `${name}: ${text}`);
  const { context, close } = contextOf({ app, sync, signal, fleet: config, organization: name }, tell);
  let error: string | undefined;
  try {
    signal.throwIfAborted();
    await printingTo(printed, () => work(context));
  } catch (thrown) {
    error = app.redact(describeError(thrown));
    printed.exitCode = thrown instanceof SigmaSyncError ? thrown.exitCode : 1;
  } finally {
    await close();
  }
  return { ...printed, organization: name, error };
}

function printOne({ organization, text, error }: Ended): void {
  if (text.length > 0) {
    print(`== ${organization}`);
    print(text.join('').trimEnd());
    print();
  }
  if (error !== undefined) speak('error', 'organization.failed', `${organization}: ${error}`);
}

function printSummary(ended: readonly Ended[]): void {
  printTable(ended, [
    'organization',
    {
      title: 'result',
      value: ({ exitCode }) => WORDS.find(([code]) => code === exitCode)?.[1] ?? `exit code ${exitCode}`,
    },
    { title: 'error', value: ({ error, reason }) => error ?? reason ?? '' },
  ]);
}

function asJson({ organization, exitCode, documents, error }: Ended): Record<string, unknown> {
  return {
    ...{ organization, exitCode, result: documents[0] ?? null },
    ...(error === undefined ? {} : { error }),
  };
}

/** Reports the views over all organizations that could not be created. @returns true if there are any */
export function tellViews(views: Awaited<ReturnType<Fleet['refreshViews']>> | undefined): boolean {
  const [first, ...more] = views?.failed ?? [];
  if (first === undefined) return false;
  const others = more.length === 0 ? '' : ` ${more.length} more views failed, too.`;
  speak(
    'warn',
    'views.failed',
    `The view ${first.view} over all organizations could not be created: ${first.error}${others}`,
  );
  return true;
}
