import { checkRange } from '../../../exports/decide/range.ts';
import { exportsNamed } from '../../../exports/select-exports.ts';
import { EXIT_CODES } from '../../../sync/run-sync.ts';
import { inContext } from '../../command-context.ts';
import { exportsVerdict, printExports } from '../../output/run-outcome.ts';
import { exitWith } from '../../output/stdout.ts';
import { type JsonFlag, printJson } from '../../output/tables.ts';

interface Flags extends JsonFlag {
  readonly from?: Date;
  readonly to?: Date;
  readonly acceptDeletions?: true;
}

/** `exports run`: loads the data of elements. */
export const run = inContext(
  async (context, names: string[], { from, to, acceptDeletions, json }: Flags) => {
    const exports = exportsNamed(context.exports, names);
    checkRange(exports, { from, to, now: new Date(context.clock.now()), mark: '--' });
    const { signal } = context;
    const { report, error } = await context.sync.exports({
      exports,
      from,
      to,
      acceptDeletions: acceptDeletions === true,
      signal,
      origin: { trigger: 'cli' },
    });
    exitWith(EXIT_CODES[report.status]);
    if (json === true) printJson(report);
    else printExports(report, context.redact);
    if (error !== undefined) throw error;
    if (report.status !== 'complete') context.tell(exportsVerdict(report));
  },
  { progress: true, each: true },
);
