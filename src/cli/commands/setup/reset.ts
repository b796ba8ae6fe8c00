import type { Command } from 'commander';
import { catalogue } from '../../../extractors/catalogue.ts';
import { migrate } from '../../../state/migrate.ts';
import { resetStream } from '../../../state/reset-stream.ts';
import { findStream } from '../../../sync/select-streams.ts';
import { withContext } from '../../command-context.ts';
import { print } from '../../output/tables.ts';

/** `reset`: forgets the cursors of a stream. */
export async function run(command: Command, name: string): Promise<void> {
  const stream = findStream(catalogue, name);
  await withContext(command, async (context) => {
    const database = await context.database();
    await migrate(database, context.schemas, catalogue, context.events);
    const forgotten = await resetStream(database, context.schemas, stream);
    print(`Deleted ${forgotten} cursors of ${name}. The next sync reads all of it again.`);
  });
}
