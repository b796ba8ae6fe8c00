/**
 * `npm run lint:prose` checks the prose of the pages below, `npm run lint:prose -- --scores` prints how easy they are to
 * read. Both take other files as arguments.
 */
import { globSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reporter } from 'vfile-reporter';
import { lintProse, readabilityOf } from './prose.ts';

/** Pages whose prose is held to the rules. */
const PAGES = ['*.md', 'docs/**/*.md', 'integrations/*/README.md'];

const { values, positionals } = parseArgs({
  options: { scores: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const paths = positionals.length > 0 ? positionals : globSync(PAGES).sort();

if (values.scores) {
  process.stdout.write('reading ease  words a sentence  page\n');
  for (const path of paths) {
    const { ease, wordsPerSentence } = await readabilityOf(readFileSync(path, 'utf8'));
    const figures = [ease.toFixed(1).padStart(12), wordsPerSentence.toFixed(1).padStart(16)];
    process.stdout.write(`${figures.join('  ')}  ${path}\n`);
  }
} else {
  const files = await Promise.all(paths.map((path) => lintProse(path, readFileSync(path, 'utf8'))));
  const findings = files.reduce((sum, { messages }) => sum + messages.length, 0);
  if (findings > 0) process.stdout.write(`${reporter(files, { quiet: true })}\n`);
  else process.stdout.write(`${paths.length} pages read well\n`);
  process.exitCode = findings > 0 ? 1 : 0;
}
