import { writeFileSync } from 'node:fs';
import { reportOf } from '../../../analytics/report/ask-digest.ts';
import { FORMATS } from '../../../analytics/report/digest-formats.ts';
import { sinceOf } from '../../../analytics/report/since.ts';
import { ConfigError, describeError } from '../../../core/errors.ts';
import { watchedStreams } from '../../../operations/freshness/watch-list.ts';
import { inContext } from '../../command-context.ts';

interface Flags {
  readonly format: keyof typeof FORMATS;
  readonly since: string;
  readonly output?: string;
}

const READS = { reads: true };

/** `report`: a digest of what happened, and of what deserves a look. */
export const run = inContext(async (context, { format, since, output }: Flags) => {
  const { schemas, config } = context;
  const to = new Date(context.clock.now());
  const from = sinceOf(since, to);
  const watched = watchedStreams(config, to);
  const text = FORMATS[format](await reportOf(await context.database(), { schemas, from, to, watched }));
  if (output === undefined) process.stdout.write(text);
  else write(output, text);
}, READS);

/** @throws ConfigError */
function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new ConfigError(`--output ${path} can't be written: ${describeError(error)}`);
  }
}
