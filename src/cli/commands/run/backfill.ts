import { inContext } from '../../command-context.ts';
import { tellOutcome } from '../../output/run-outcome.ts';
import type { JsonFlag } from '../../output/tables.ts';

interface BackfillFlags extends JsonFlag {
  readonly resume?: true;
  readonly requestsPerMinute?: number;
}

/** `backfill`: a full load at a rate of its own. */
export const run = inContext(
  async (context, names: string[], flags: BackfillFlags) => {
    const outcome = await context.sync.backfill({
      streams: names,
      resume: flags.resume === true,
      requestsPerMinute: flags.requestsPerMinute,
      signal: context.signal,
      origin: { trigger: 'cli' },
    });
    await tellOutcome(context, outcome, {
      command: 'backfill',
      json: flags.json === true,
      resumed: ({ runId }) => `Resumed backfill ${runId}.`,
      verdict: () =>
        `The backfill is not complete. Resume it with "sigma-sync ${['backfill', ...names, '--resume'].join(' ')}".`,
    });
  },
  { progress: true, each: true, changes: true },
);
