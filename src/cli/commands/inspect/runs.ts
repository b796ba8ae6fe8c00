import { Command } from 'commander';
import { latestRuns } from '../../../state/read/status.ts';
import { wholeNumber, withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

/** `runs`: the run history. */
export function runsCommand(): Command {
  return new Command('runs')
    .description('list the latest runs')
    .option('--limit <n>', 'how many', wholeNumber('--limit', 1, 10_000), 20)
    .option('--json', 'print them as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync runs --limit 5\n')
    .action(async ({ limit, json }: { limit: number; json?: boolean }, command: Command) => {
      await withContext(command, async (context) => {
        const runs = await latestRuns(await context.database(), context.schemas, limit);
        if (json === true) return printJson({ runs });
        if (runs.length === 0) return print('No run yet: "sigma-sync sync" makes the first.');
        const rows = table(runs, [
          { title: 'run', value: (run) => run.runId },
          {
            title: 'command',
            value: (run) => (run.full && run.command === 'sync' ? 'sync --full' : run.command),
          },
          { title: 'status', value: (run) => run.status },
          { title: 'started', value: (run) => run.startedAt },
          { title: 'finished', value: (run) => run.finishedAt ?? '-' },
          { title: 'requests', value: (run) => run.requests },
          { title: 'rows', value: (run) => run.rows ?? '-' },
          { title: 'inserted', value: (run) => run.inserted },
          { title: 'updated', value: (run) => run.updated },
          { title: 'deleted', value: (run) => run.deleted },
          { title: 'error', value: (run) => context.redact(run.error ?? '') },
        ]);
        for (const row of rows) print(row);
      });
    });
}
