/** The lint of prose finds what it is there for, in text, lists and tables, and leaves plain English alone. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { helpOf } from '../../scripts/prose/help-text.ts';
import { commentsOf, messagesOf, type Piece } from '../../scripts/prose/program-text.ts';
import { lintPieces, lintProse, readabilityOf } from '../../scripts/prose/prose.ts';
import { scratchFolder } from '../support/cli.ts';
import { runProgram } from '../support/run-program.ts';

const rulesIn = async (text: string): Promise<(string | undefined)[]> =>
  (await lintProse('page.md', text)).messages.map(({ ruleId }) => ruleId);

it.each([
  ['headless', 'What is missing is made.'],
  ['headless', 'The run ends. Who waits is served.'],
  ['headless', 'Where a password is set, it is asked for.'],
  ['headless', '- Who edits it can ask anything.'],
  ['headless', '| word | meaning |\n|---|---|\n| run | What a sync does. |'],
  ['of-which', 'It takes 200 MB, of which 60 are files.'],
  ['whoever', 'It harms whoever reads it.'],
  ['turn', 'It waits for its turn.'],
  ['turn', 'Missed turns are made up for.'],
  ['told', 'Throttling is told once.'],
  ['anew', 'A model is made anew.'],
  ['goes-on', 'The next run goes on from there.'],
  ['comes-and-goes', 'It lists members that came and went.'],
  ['at-it', 'Another process is at it.'],
  ['by-the-way', 'It names people by the way.'],
  ['long', `The page is ${'long and '.repeat(20)}long.`],
  ['the', 'It stops the the run.'],
])('%s: %s', async (rule, text) => {
  expect(await rulesIn(text)).toEqual([rule]);
});

it('leaves plain sentences, questions, headings and code alone', async () => {
  const text = `## What you get

A run resumes. \`What is told\` is code. Who can see it? It turns 30 days into a year. Turn it off.

\`\`\`sh
# What is told anew
\`\`\`
`;
  expect(await rulesIn(text)).toEqual([]);
});

it('says where the sentence stands', async () => {
  const { messages } = await lintProse('page.md', 'A run ends.\n\nIt ends. What is left\nis told.\n');
  expect(messages.map(({ ruleId, line, column }) => [ruleId, line, column])).toEqual([
    ['headless', 3, 10],
    ['told', 3, 10],
  ]);
});

it('finds short words in short sentences easier to read than long ones in long sentences', async () => {
  const easy = await readabilityOf('The run ends. The next run reads the rest.');
  const hard = await readabilityOf(
    'Configuration inconsistencies immediately invalidate subsequent synchronization attempts.',
  );
  expect(easy.ease).toBeGreaterThan(90);
  expect(hard.ease).toBeLessThan(0);
  expect(easy.wordsPerSentence).toBe(4.5);
});

const placesIn = async (pieces: readonly Piece[]): Promise<unknown[]> =>
  (await lintPieces('source.ts', pieces)).messages.map(({ ruleId, line }) => [ruleId, line]);

it.each([
  ['a block', '/** What is left. */\nconst a = 1;', [['headless', 1]]],
  [
    'lines of a block',
    '\n/**\n * The rest.\n *\n * Who waits is told.\n */',
    [
      ['headless', 5],
      ['told', 5],
    ],
  ],
  ['a tag', '/**\n * Waits.\n *\n * @param text what is left\n */', [['headless', 4]]],
  ['lines below each other', 'a();\n  // It runs. Where\n  // it can, it ends.', [['headless', 2]]],
  ['the end of a line', "const a = 'x'; // What a line.", [['headless', 1]]],
])('finds a bad sentence in a comment: %s', async (_, source, places) => {
  expect(await placesIn(commentsOf('source.ts', source))).toEqual(places);
});

it('reads comments of scripts and YAML', async () => {
  const source = "#!/bin/sh\n# What it is.\necho '# What'\n\n  # It runs.\n  # Who asks is told.\n";
  expect(await placesIn(commentsOf('run.sh', source))).toEqual([
    ['headless', 2],
    ['headless', 6],
    ['told', 6],
  ]);
});

it.each([
  ['an error', "throw new ConfigError('Nothing ran. What is missing was not made.');", 'headless'],
  ['an advice', "const of = { advice: 'Mend it. Where that fails, ask.' };", 'headless'],
  ['a template', `log(\`The \${name} goes on from there.\`);`, 'goes-on'],
  ['a template with a name in front', `log(\`\${name} goes on with the rest.\`);`, 'goes-on'],
  ['a sum', "log('The run is ' + count + ' and is made ' + 'anew.');", 'anew'],
  ['a description', "z.string().describe('who is told, by name, first');", 'headless'],
  ['a paragraph of the page', 'html`<ul><li>One</li>\n<li>Two <b>are</b> made anew.</li></ul>`;', 'anew'],
  ['a long sentence', `log('It is ${'so and '.repeat(30)}so.');`, 'long'],
])('finds a bad sentence in a text: %s', async (_, source, rule) => {
  expect((await placesIn(messagesOf('source.ts', source))).flat()).toContain(rule);
});

it('knows the line of a paragraph of the page', async () => {
  const source = '\nhtml`<ul>\n<li>One</li>\n<li>\nTwo of them are told.</li></ul>`;';
  expect(await placesIn(messagesOf('source.ts', source))).toEqual([['told', 5]]);
});

it('leaves SQL, labels, code, examples and lists alone', () => {
  const source = `
import type { What } from './what-is-told-anew.ts';
session.query(\`select a, b from t where a is not null and what = 'told'\`);
const more = \`where who is told and anew = 1 and \${name} in (1)\`;
const label = 'What is told';
const style = '.told { color: red; } .anew { color: blue; }';
const words = \`
 what who whoever which where
 told anew turn\`;
const help = \`
Examples:
  $ sigma-sync sync    what is told
\`;`;
  expect(messagesOf('source.ts', source)).toEqual([]);
});

it('reads the help of every command: descriptions, options, arguments, examples and paragraphs', async () => {
  const root = new Command('tool')
    .description('Syncs all. What is left is told.')
    .option('--a <x>', 'whoever asks');
  root.command('inner').description('run it').argument('[b]', 'what is left');
  root
    .command('more')
    .addHelpText('after', '\nExample:\n  $ tool more    made anew\n\nIt runs.\nWho waits\nwins.\n');
  const found = await Promise.all(
    [...helpOf(root)].map(async ([name, pieces]) => [
      name,
      (await lintPieces(name, pieces)).messages.map(({ ruleId }) => ruleId),
    ]),
  );
  expect(found).toEqual([
    ['tool --help', ['headless', 'told', 'headless', 'whoever']],
    ['tool inner --help', ['headless']],
    ['tool more --help', ['anew', 'headless']],
  ]);
});

it('fails with the places of bad sentences in pages, texts and comments, and passes without any', async () => {
  using folder = scratchFolder();
  const lint = async (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
    const script = resolve(import.meta.dirname, '../../scripts/prose/lint.ts');
    return runProgram(process.execPath, [script, ...Object.keys(files)], { cwd: folder.path });
  };
  const bad = await lint({
    'page.md': 'A run ends.\n\nWhat is left is read.\n',
    'source.ts': "/** Who asks. */\nexport const text = 'It is made anew by the run.';\n",
    'run.sh': '#!/bin/sh\n# Progress is told.\n',
  });
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/page\.md\n3:1\S* .*headless/);
  expect(bad.stdout).toMatch(/source\.ts\n1:1\S* .*headless/);
  expect(bad.stdout).toMatch(/source\.ts\n2:\S* .*anew/);
  expect(bad.stdout).toMatch(/run\.sh\n2:1\S* .*told/);
  const good = await lint({
    'page.md': 'A run ends.\n',
    'source.ts': '/** A text. */\n',
    'run.sh': '# It ends.\n',
  });
  expect(good).toMatchObject({ code: 0, stdout: '3 pages, sources and texts of help read well\n' });
}, 60_000);
