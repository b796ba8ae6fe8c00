/** The lint of prose finds what it is there for, in text, lists and tables, and leaves plain English alone. */
import { expect, it } from 'vitest';
import { lintProse, readabilityOf } from '../../scripts/prose/prose.ts';

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
