/** The rules of our own: sentences without a head, words that only we used, and sentences that are too long. */
import type { Root, Sentence } from 'nlcst';
import { toString as textOf } from 'nlcst-to-string';
import { visit } from 'unist-util-visit';
import type { VFile } from 'vfile';

/** Words of a sentence beyond which nobody reads it once. */
const LONGEST = 40;

/** Patterns of a sentence, and the advice for each. */
const PATTERNS: readonly (readonly [name: string, pattern: RegExp, advice: string])[] = [
  [
    'headless',
    /^\W*(?:What|Whatever|Who|Whoever|Whom|Which|Whichever|Where|Wherever|Of which|One that)\b(?!.*\?\W*$)/s,
    'Begin with a person or a thing, and put a condition last.',
  ],
  ['of-which', /\bof which\b/i, 'Begin a sentence of its own.'],
  ['whoever', /\b(?:whoever|whomever|whosoever)\b/i, 'Name the person: "anyone who", "the reader".'],
  [
    'turn',
    /\b(?:a|an|its|their|each|every|next|the|one|missed|earlier|in|by|more)\s+turns?\b(?! (?:on|off)\b)|\bturns? of a schedule\b/i,
    'Say "run" or "scheduled run".',
  ],
  ['told', /\btold\b(?! apart)/i, 'Name the message: "alerts … to", "the log says", "by cause".'],
  ['anew', /\banew\b/i, 'Say "recreate", "again" or "new".'],
  ['goes-on', /\b(?:go|goes|going|gone|went) on (?:with|from)\b/i, 'Say "resume" or "continue".'],
  ['comes-and-goes', /\b(?:come|comes|came) (?:and|or) (?:go|goes|went)\b/i, 'Say "new and removed".'],
  ['at-it', /\bis at it\b/i, 'Say who holds the lock.'],
  ['by-the-way', /\bby the way\b/i, 'Say "indirectly", or leave it out.'],
];

/** A retext plugin that warns of each. */
export function houseWords(): (tree: Root, file: VFile) => void {
  return (tree, file) => {
    visit(tree, 'SentenceNode', (sentence) => {
      const text = textOf(sentence);
      for (const [name, pattern, advice] of PATTERNS) {
        const [found] = pattern.exec(text) ?? [];
        if (found !== undefined) warn(file, sentence, name, `"${found.trim()}". ${advice}`);
      }
      const words = wordsOf(sentence).length;
      if (words > LONGEST) warn(file, sentence, 'long', `${words} words. Make it two sentences.`);
    });
  };
}

/** The words of a sentence, code and links in angle brackets left out. */
export function wordsOf(sentence: Sentence): readonly string[] {
  const words: string[] = [];
  visit(sentence, 'WordNode', (word) => {
    words.push(textOf(word));
  });
  return words;
}

function warn(file: VFile, sentence: Sentence, rule: string, reason: string): void {
  file.message(reason, { place: sentence.position, source: 'prose', ruleId: rule });
}
