/**
 * `npm run lint:prose` checks the prose of pages, messages, help and comments; `npm run lint:prose -- --scores` prints how
 * easy the pages are to read. Both take other files as arguments.
 */
import { globSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { parseArgs } from 'node:util';
import type { VFile } from 'vfile';
import { reporter } from 'vfile-reporter';
import { program } from '../../src/cli/main.ts';
import { helpOf } from './help-text.ts';
import { commentsOf, isProgram, messagesOf } from './program-text.ts';
import { lintPieces, lintProse, readabilityOf } from './prose.ts';

/** Pages whose prose is held to the rules. */
const PAGES = [
  '*.md',
  '.github/**/*.md',
  'bench/README.md',
  'deploy/**/*.md',
  'docs/**/*.md',
  'integrations/*/README.md',
];

/** Sources whose comments are held to {@link OF_COMMENTS}. Migrations that were released don't change, nor do theirs. */
const SOURCES = [
  '*.{ts,yaml}',
  '.ci/run',
  '.github/**/*.yml',
  '{bench,scripts,simulator,src,test}/**/*.{ts,js}',
  '{deploy,findings,scripts}/**/*.{sh,yml,yaml}',
];

/** Sources whose texts are shown to people. */
const SPEAKING = ['src/**/*.ts'];

/** Rules for comments. Those who read code can take a longer sentence. */
const OF_COMMENTS = new Set(['headless', 'whoever', 'told', 'anew', 'goes-on', 'comes-and-goes', 'at-it']);

const { values, positionals } = parseArgs({
  options: { scores: { type: 'boolean', default: false } },
  allowPositionals: true,
});

if (values.scores) {
  process.stdout.write('reading ease  words a sentence  page\n');
  for (const path of positionals.length > 0 ? positionals : globSync(PAGES).sort()) {
    const { ease, wordsPerSentence } = await readabilityOf(readFileSync(path, 'utf8'));
    const figures = [ease.toFixed(1).padStart(12), wordsPerSentence.toFixed(1).padStart(16)];
    process.stdout.write(`${figures.join('  ')}  ${path}\n`);
  }
} else {
  const isAll = positionals.length === 0;
  const paths = isAll ? globSync([...PAGES, ...SOURCES, ...SPEAKING]).sort() : positionals;
  const speaking = new Set(isAll ? globSync(SPEAKING) : positionals);
  const files = (await Promise.all(paths.map((path) => check(path, speaking.has(path))))).flat();
  const help = isAll ? [...helpOf(program())] : [];
  files.push(...(await Promise.all(help.map(([name, pieces]) => lintPieces(name, pieces)))));
  const findings = files.reduce((sum, { messages }) => sum + messages.length, 0);
  if (findings > 0) process.stdout.write(`${reporter(files, { quiet: true })}\n`);
  else process.stdout.write(`${paths.length + help.length} pages, sources and texts of help read well\n`);
  process.exitCode = findings > 0 ? 1 : 0;
}

/** The findings in a page, or in the comments of a source and, if it is `speaking`, its texts. */
async function check(path: string, isSpeaking: boolean): Promise<VFile[]> {
  const text = readFileSync(path, 'utf8');
  if (extname(path) === '.md') return [await lintProse(path, text)];
  const files = [await lintPieces(path, commentsOf(path, text), (rule) => OF_COMMENTS.has(rule))];
  if (isSpeaking && isProgram(path)) files.push(await lintPieces(path, messagesOf(path, text)));
  return files;
}
