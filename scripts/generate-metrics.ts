/** Writes docs/metrics.md from the definitions of the metrics. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { metricsDoc } from '../src/operations/metrics/metrics-document.ts';

const file = join(import.meta.dirname, '../docs/metrics.md');
writeFileSync(file, metricsDoc());
process.stdout.write('docs/metrics.md\n');
