/** Writes the models, their documentation and the macros of integrations/dbt. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dbtFiles, GENERATED } from './dbt/package.ts';

const root = join(import.meta.dirname, '../integrations/dbt');
for (const folder of GENERATED) rmSync(join(root, folder), { recursive: true, force: true });
for (const [path, text] of dbtFiles()) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
process.stdout.write('integrations/dbt\n');
