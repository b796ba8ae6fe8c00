/** The schema of answers on the command line. */

import type { Command } from 'commander';
import { analyticsSchema } from '../../../analytics/model.ts';
import { models } from '../../../analytics/model-catalogue.ts';
import type { AnalyticsResult } from '../../../analytics/refresh-analytics.ts';
import { LockedError } from '../../../core/errors.ts';
import { inContext } from '../../command-context.ts';
import { exitWith } from '../../output/stdout.ts';
import { type JsonFlag, print, printJson, printTable } from '../../output/tables.ts';

/** `analytics refresh`: makes and refreshes the models, as a sync does. */
export const refresh = inContext(
  async ({ sync, signal, schemas }, { all, json }: JsonFlag & { all?: true }) => {
    const result = await sync.analytics({ all: all === true, signal });
    if (result.busy) {
      throw new LockedError(`Another process is refreshing ${analyticsSchema(schemas)}.`, {
        advice: 'Wait for it to end.',
      });
    }
    if (json === true) printJson(result);
    else printResult(result);
    if (result.error !== undefined || result.models.some(({ status }) => status === 'failed')) exitWith(1);
  },
  { each: true, changes: true },
);

function printResult({ built, models: refreshed, warning, error }: AnalyticsResult): void {
  if (error !== undefined) print(`The models could not be created: ${error}`);
  if (warning !== undefined) print(`Openings from the audit log: ${warning}`);
  if (built.length > 0) print(`Created: ${built.join(', ')}.`);
  printTable(refreshed, [
    'model',
    'status',
    { title: 'rows', value: ({ rows }) => rows ?? '' },
    { title: 'ms', value: ({ durationMs }) => durationMs ?? '' },
  ]);
  for (const { model, error: why } of refreshed) if (why !== undefined) print(`${model}: ${why}`);
}

/** `analytics models`: what each row of a model is. */
export function list(_: Command, { json }: JsonFlag): void {
  if (json === true)
    printJson(models.map(({ name, kind, about, columns }) => ({ name, kind, about, columns })));
  else for (const { name, kind, about } of models) print(`${name} (${kind})\n  ${about}\n`);
}
