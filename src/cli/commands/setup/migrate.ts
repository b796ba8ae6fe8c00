import { catalogue } from '../../../extractors/catalogue.ts';
import { migrate } from '../../../state/migrate.ts';
import { inContext } from '../../command-context.ts';
import { print } from '../../output/tables.ts';

/** `migrate`: brings the schemas up to date; `sync` does so by itself. */
export const run = inContext(
  async (context) => {
    const applied = await migrate(await context.database(), context.schemas, catalogue, context.events);
    print(
      applied.length === 0 ? 'Nothing to do: every migration is applied.' : `Applied ${applied.join(', ')}.`,
    );
  },
  { each: true, changes: true },
);
