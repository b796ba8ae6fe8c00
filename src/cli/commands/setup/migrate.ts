import { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import { migrate } from '../../../state/migrate.ts';
import { withContext } from '../../command-context.ts';
import { print } from '../../output/tables.ts';

/** `migrate`: brings the schemas up to date; `sync` does so by itself. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('create or update the tables (sync does so by itself)')
    .addHelpText('after', '\nExample:\n  $ sigma-sync migrate\n')
    .action(async (_: unknown, command: Command) => {
      await withContext(command, async (context) => {
        const applied = await migrate(await context.database(), context.schemas, catalogue, context.events);
        print(
          applied.length === 0
            ? 'Nothing to do: every migration is applied.'
            : `Applied ${applied.join(', ')}.`,
        );
      });
    });
}
