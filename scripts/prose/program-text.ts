/**
 * The words in a program's sources: comments, and texts for people such as messages, help and the page. Pieces are
 * Markdown, and have a line for each line of the source.
 */
import { extname } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'rolldown/utils';

/** A comment or a text, and the line of the source on which it begins. */
export interface Piece {
  readonly line: number;
  readonly text: string;
}

/** Fewer words are a label, not a sentence. */
const LEAST_WORDS = 4;

/** Comments that tools read. */
const DIRECTIVE = /^\s*(?:biome-ignore|@ts-|#__|yaml-language-server|shellcheck)/;

/** Words and signs that only SQL has in a text of several words. */
const SQL =
  /^\s*(?:select|with|insert into|update|delete from|create|alter|drop|comment on|grant|revoke|from|where|and|or|case|left join|join|union)\s.*(?:[=<>*]|\(|\b(?:from|in|to|on|is|as|by|then|table|schema|view)\b)|::|\$\d|\b(?:is (?:not )?null|on conflict|order by|group by|case when|coalesce\(|not exists)\b|\bselect\b.*\bfrom\b/s;

/** Command lines, with the output or the explanation of each. The lint of the help reads them, line by line. */
const EXAMPLES = /^ *\$ /m;

/** Words one after the other, on several lines. */
const LIST = /^[a-z_\s]*\n[a-z_\s]*$/;

/** Elements within a sentence; all others end it. */
const INLINE = /^<\/?(?:a|abbr|b|br|code|em|i|kbd|small|span|strong|time)\b/;

/** The comments of a file: of TypeScript and JavaScript, else those that begin with `#`. */
export function commentsOf(path: string, source: string): Piece[] {
  if (!isProgram(path)) {
    const found = [...source.matchAll(/^([ \t]*)#(?!!) ?(.*)$/gm)];
    return joined(
      found.map(({ index, 1: indent = '', 2: text = '' }) => {
        return { line: lineAt(source, index), column: indent.length, text };
      }),
    );
  }
  const lines: Placed[] = [];
  const blocks: Piece[] = [];
  for (const { type, value, start } of parseSync(path, source).comments) {
    if (DIRECTIVE.test(value)) continue;
    const line = lineAt(source, start);
    if (type === 'Line') {
      const column = start - source.lastIndexOf('\n', start);
      lines.push({ line, column, text: value.replace(/^ /, '') });
    } else blocks.push(...blockPieces(value, line));
  }
  return [...joined(lines), ...blocks];
}

/** Texts for people in a file of TypeScript: strings and templates of some words that are neither SQL nor code. */
export function messagesOf(path: string, source: string): Piece[] {
  const pieces: Piece[] = [];
  const seen = new Set<number>();
  const take = (node: ESTree.Expression): void => {
    const text = textOf(node, seen);
    if (text === undefined) return;
    const line = lineAt(source, node.start);
    const found = /<\/?[a-z][^>]*>/.test(text) ? markupPieces(text, line) : [{ line, text }];
    pieces.push(...found.filter((piece) => isProse(piece.text)).map(asSentence));
  };
  new Visitor({
    ImportDeclaration: ({ source: { start } }) => void seen.add(start),
    // A sum is met before its parts.
    BinaryExpression: take,
    TemplateLiteral: take,
    Literal: take,
  }).visit(parseSync(path, source).program);
  return pieces;
}

/** True of a file in TypeScript or JavaScript. */
export function isProgram(path: string): boolean {
  return ['.ts', '.js'].includes(extname(path));
}

/** The text of a string, a template or a sum, once; an expression within is taken for one word, as code is. */
function textOf(node: ESTree.Expression | ESTree.PrivateIdentifier, seen: Set<number>): string | undefined {
  if (node.type === 'BinaryExpression') {
    if (node.operator !== '+') return undefined;
    const [left, right] = [textOf(node.left, seen), textOf(node.right, seen)];
    return left === undefined && right === undefined ? undefined : `${left ?? 'Code'}${right ?? 'Code'}`;
  }
  const text =
    node.type === 'TemplateLiteral'
      ? node.quasis.map(({ value }) => value.cooked ?? '').join('Code')
      : node.type === 'Literal' && typeof node.value === 'string'
        ? node.value
        : undefined;
  if (text === undefined || seen.has(node.start)) return undefined;
  seen.add(node.start);
  return text;
}

/** The words of HTML, a piece for each stretch between elements that are blocks. */
function markupPieces(text: string, line: number): Piece[] {
  const pieces: Piece[] = [];
  let [at, begun, words] = [line, line, ''];
  for (const token of text.split(/(<[^>]*>)/)) {
    if (!token.startsWith('<')) {
      if (words.trim() === '') begun = at + (/^\s*/.exec(token)?.[0].split('\n').length ?? 1) - 1;
      words += token;
    } else if (!INLINE.test(token)) {
      pieces.push({ line: begun, text: words.trim() });
      words = '';
    }
    at += token.split('\n').length - 1;
  }
  return [...pieces, { line: begun, text: words.trim() }];
}

/** A block comment without its stars; what follows a tag is a piece of its own. */
function blockPieces(value: string, line: number): Piece[] {
  const lines = value.split('\n').map((text) => text.replace(/^\s*\* ?/, ''));
  const pieces: Piece[] = [];
  let [begun, words] = [line, ''];
  for (const [i, text] of lines.entries()) {
    const tag = /^@(?:param\s+\S+|\w+)\s*/.exec(text)?.[0];
    if (tag !== undefined) {
      pieces.push({ line: begun, text: words });
      [begun, words] = [line + i, ''];
    }
    words += `${text.slice(tag?.length ?? 0)}\n`;
  }
  return [...pieces, { line: begun, text: words }].map(asSentence);
}

interface Placed extends Piece {
  readonly column: number;
}

/** Comments on lines below each other, in one column, are one. */
function joined(lines: readonly Placed[]): Piece[] {
  const pieces: (Placed & { end: number })[] = [];
  for (const { line, column, text } of lines) {
    const last = pieces.at(-1);
    if (last !== undefined && last.end === line - 1 && last.column === column) {
      pieces.splice(-1, 1, { ...last, end: line, text: `${last.text}\n${text}` });
    } else pieces.push({ line, column, text, end: line });
  }
  return pieces;
}

/** True of a text for people, made of sentences or parts of them. */
function isProse(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const plain = words.filter((word) => /^["'(“]*[A-Za-z][A-Za-z'’-]*[)"'”.,;:?!]*$/.test(word));
  return (
    plain.length >= LEAST_WORDS &&
    plain.length * 2 > words.length &&
    ![SQL, EXAMPLES, LIST].some((code) => code.test(text))
  );
}

/** Descriptions of options and settings begin with a small letter; the rules know a sentence by its capital. */
function asSentence(piece: Piece): Piece {
  return { ...piece, text: piece.text.replace(/^[a-z]/, (letter) => letter.toUpperCase()) };
}

function lineAt(source: string, index: number): number {
  return source.slice(0, index).split('\n').length;
}
