/** Files generated from the declarations of streams, settings, metrics and models. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { modelsDoc } from '../src/analytics/models-document.ts';
import { configurationDoc, exampleYaml, schemaJson } from '../src/config/config-document.ts';
import { streamsDoc } from '../src/extractors/streams-document.ts';
import { metricsDoc } from '../src/operations/metrics/metrics-document.ts';
import { dbtFiles } from './dbt/package.ts';
import { BEGIN, END, housePicture } from './house/picture.ts';

const CHECKOUT = resolve(import.meta.dirname, '..');

/** Folders in which every file is generated: what is there beside them goes. */
export const FOLDERS = ['models/staging', 'models/marts', 'macros/functions'].map(
  (folder) => `integrations/dbt/${folder}`,
);

/** The generated files: path → text. */
export function documents(): Map<string, string> {
  return new Map([
    ['config/sigma-sync.schema.json', schemaJson()],
    ['config/sigma-sync.example.yaml', exampleYaml()],
    ['docs/configuration.md', configurationDoc()],
    ['docs/streams.md', streamsDoc()],
    ['docs/metrics.md', metricsDoc()],
    ['docs/analytics-models.md', modelsDoc()],
    ...[...dbtFiles()].map(([path, text]): [string, string] => [`integrations/dbt/${path}`, text]),
  ]);
}

/** Written files that have a generated part: path → text. */
export function illustrated(): Map<string, string> {
  const path = 'docs/architecture.md';
  const text = readFileSync(resolve(CHECKOUT, path), 'utf8');
  const [from, to] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${path} has no place for its picture.`);
  const picture = `${BEGIN}\n${housePicture(CHECKOUT)}\n`;
  return new Map([[path, text.slice(0, from) + picture + text.slice(to)]]);
}
