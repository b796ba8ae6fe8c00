/** Writes docs/analytics-models.md from the models. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelsDoc } from '../src/analytics/models-document.ts';

const file = join(import.meta.dirname, '../docs/analytics-models.md');
writeFileSync(file, modelsDoc());
process.stdout.write('docs/analytics-models.md\n');
