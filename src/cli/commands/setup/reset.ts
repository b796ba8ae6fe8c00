import { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import { resetStream } from '../../../state/reset-stream.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { migrate } from '../../../state/migrate.ts';
import { withContext } from '../../command-context.ts';
import { print } from '../../output/tables.ts';

/** `reset`: forgets the cursors of a stream. */
export function resetCommand(): Command {
  return new Command('reset')
    .description("forget a stream's cursors, so that the next sync reads all of it again; rows stay")
    .argument('<stream>', 'name of the stream')
    .addHelpText('after', '\nExample:\n  $ sigma-sync reset workbook_elements\n')
    .action(async (name: string, _: unknown, command: Command) => {
      const stream = findStream(catalogue, name);
      await withContext(command, async (context) => {
        const database = await context.database();
        await migrate(database, context.schemas, catalogue, context.events);
        const forgotten = await resetStream(database, context.schemas, stream);
        print(`Forgot ${forgotten} cursors of ${name}; the next sync reads all of it again.`);
      });
    });
}
