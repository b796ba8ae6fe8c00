import { Command } from 'commander';
import type { AnalyticsResult } from '../../../analytics/refresh-analytics.ts';
import { models } from '../../../analytics/model-catalogue.ts';
import { analyticsSchema } from '../../../analytics/model.ts';
import { LockedError } from '../../../core/errors.ts';
import { withContext } from '../../command-context.ts';
import { print, printJson, table } from '../../output/tables.ts';

/** `analytics`: the schema of answers. */
export function analyticsCommand(): Command {
  return new Command('analytics')
    .description('the schema of answers (sigma_analytics): refresh it, or list its models')
    .addCommand(refreshCommand())
    .addCommand(modelsCommand());
}

function refreshCommand(): Command {
  return new Command('refresh')
    .description('make what is missing and refresh what changed, as each sync does')
    .option('--all', 'refresh also what did not change')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync analytics refresh --all\n')
    .action(async ({ all = false, json = false }: { all?: boolean; json?: boolean }, command: Command) => {
      await withContext(command, async ({ sync, signal, schemas }) => {
        const result = await sync.analytics({ all, signal });
        if (result.busy) {
          throw new LockedError(`Another process refreshes ${analyticsSchema(schemas)}.`, {
            advice: 'Wait for it to end.',
          });
        }
        if (json) printJson(result);
        else printResult(result);
        if (result.error !== undefined || result.models.some(({ status }) => status === 'failed'))
          process.exitCode = 1;
      });
    });
}

function printResult({ built, models: refreshed, error }: AnalyticsResult): void {
  if (error !== undefined) print(`The models could not be made: ${error}`);
  if (built.length > 0) print(`Made: ${built.join(', ')}.`);
  const columns = [
    { title: 'model', value: (one: (typeof refreshed)[number]) => one.model },
    { title: 'status', value: (one: (typeof refreshed)[number]) => one.status },
    { title: 'rows', value: (one: (typeof refreshed)[number]) => one.rows ?? '' },
    { title: 'ms', value: (one: (typeof refreshed)[number]) => one.durationMs ?? '' },
  ];
  for (const line of table(refreshed, columns)) print(line);
  for (const { model, error: why } of refreshed) if (why !== undefined) print(`${model}: ${why}`);
}

function modelsCommand(): Command {
  return new Command('models')
    .description('list the models: what each row of them is')
    .option('--json', 'print them with their columns as JSON')
    .addHelpText('after', '\nExample:\n  $ sigma-sync analytics models\n')
    .action(({ json = false }: { json?: boolean }) => {
      if (json)
        return printJson(models.map(({ name, kind, about, columns }) => ({ name, kind, about, columns })));
      for (const { name, kind, about } of models) print(`${name} (${kind})\n  ${about}\n`);
    });
}
