/** The words of the help, as every command prints it. */
import type { Command } from 'commander';
import type { Piece } from './program-text.ts';

/** The help of a command and of all below it: its command line → its descriptions and paragraphs. */
export function helpOf(command: Command, above: readonly string[] = []): Map<string, Piece[]> {
  const names = [...above, command.name()];
  return new Map([
    [`${names.join(' ')} --help`, piecesOf(printed(command))],
    ...command.commands.flatMap((inner) => [...helpOf(inner, names)]),
  ]);
}

/** The help without line breaks of the terminal. */
function printed(command: Command): string {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => Number.MAX_SAFE_INTEGER,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function piecesOf(help: string): Piece[] {
  const pieces: Piece[] = [];
  let isParagraph = false;
  for (const [i, line] of help.split('\n').entries()) {
    const last = pieces.at(-1);
    const isText = /^\S.*[^:]$/.test(line) && !line.startsWith('Usage:');
    // The words behind the name of an option, an argument or an example.
    const words = isText ? line : /\S {2,}(\S.*)$/.exec(line)?.[1];
    if (isText && isParagraph && last !== undefined) {
      pieces.splice(-1, 1, { ...last, text: `${last.text}\n${line}` });
    } else if (words !== undefined) pieces.push({ line: i + 1, text: capitalized(words) });
    isParagraph = isText;
  }
  return pieces;
}

/** Descriptions begin with a small letter; the rules know a sentence by its capital. */
function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
