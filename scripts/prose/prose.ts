/** Reads prose in Markdown: finds sentences that a reader would stumble over, and says how easy a page is to read. */
import { flesch } from 'flesch';
import type { Root, RootContent, TableCell } from 'mdast';
import { ParseEnglish } from 'parse-english';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkRetext from 'remark-retext';
import retextRepeatedWords from 'retext-repeated-words';
import { syllable } from 'syllable';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { VFile } from 'vfile';
import { houseWords, wordsOf } from './house-words.ts';
import type { Piece } from './program-text.ts';

/** The ease with which the running text of a page is read; tables, headings and blocks of code are left out. */
export interface Readability {
  /** Flesch reading ease: 0 to 100, the higher the easier. */
  readonly ease: number;
  readonly wordsPerSentence: number;
}

const linter = unified()
  .use(remarkParse)
  .use(remarkGfm)
  .use(tablesAsParagraphs)
  .use(proseAlone)
  .use(remarkRetext, ParseEnglish)
  .use(retextRepeatedWords)
  .use(houseWords)
  .freeze();

/** Checks a page. The findings are the messages of the file. */
export async function lintProse(path: string, text: string): Promise<VFile> {
  const file = new VFile({ path, value: text });
  await linter.run(linter.parse(file), file);
  return file;
}

/** Checks the pieces of a source. The findings are the messages of the file, at the lines of the source. */
export async function lintPieces(
  path: string,
  pieces: readonly Piece[],
  isHeld: (rule: string) => boolean = () => true,
): Promise<VFile> {
  const file = new VFile({ path });
  for (const { line, text } of pieces) {
    for (const found of (await lintProse(path, text)).messages) {
      if (!isHeld(found.ruleId ?? '')) continue;
      const place = { line: line + (found.line ?? 1) - 1, column: found.column ?? 1 };
      file.message(found.reason, { place, source: 'prose', ruleId: found.ruleId ?? 'prose' });
    }
  }
  file.messages.sort((one, two) => (one.line ?? 0) - (two.line ?? 0));
  return file;
}

/** The readability of a page. */
export async function readabilityOf(text: string): Promise<Readability> {
  const file = new VFile(text);
  const reader = unified().use(remarkParse).use(remarkGfm).use(proseAlone).use(remarkRetext, ParseEnglish);
  const count = { sentence: 0, word: 0, syllable: 0 };
  visit(await reader.run(reader.parse(file), file), 'SentenceNode', (sentence) => {
    const words = wordsOf(sentence);
    count.sentence += 1;
    count.word += words.length;
    count.syllable += words.reduce((sum, word) => sum + syllable(word), 0);
  });
  return { ease: flesch(count), wordsPerSentence: count.word / count.sentence };
}

/** Cells are read as paragraphs are, with an end behind each: without this the text of a table is left out. */
function tablesAsParagraphs(): (tree: Root) => void {
  return (tree) => {
    tree.children = tree.children.flatMap((node): RootContent[] =>
      node.type === 'table' ? node.children.flatMap((row) => row.children.flatMap(asParagraph)) : [node],
    );
  };
}

function asParagraph(cell: TableCell): RootContent[] {
  const { position } = cell;
  if (position === undefined) return [];
  const end = { ...position, start: position.end };
  return [
    { ...cell, type: 'paragraph' },
    { type: 'text', value: '\n\n', position: end },
  ];
}

/** Leaves headings out, for they are no sentences, and takes a piece of code for one word, with which a sentence may begin. */
function proseAlone(): (tree: Root) => void {
  return (tree) => {
    tree.children = tree.children.filter(({ type }) => type !== 'heading');
    visit(tree, 'inlineCode', (code, index, parent) => {
      if (parent === undefined || index === undefined) return;
      const { position } = code;
      parent.children[index] = {
        type: 'text',
        value: 'Code',
        ...(position === undefined ? {} : { position }),
      };
    });
  };
}
