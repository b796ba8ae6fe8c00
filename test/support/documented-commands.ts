/** The command lines of sigma-sync that README.md and docs/ print, in blocks and in running text. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/** A command line as it is printed. */
export interface DocumentedCommand {
  /** The file it stands in. */
  readonly file: string;
  /** The whole line, or the whole piece of code in a sentence. */
  readonly line: string;
  /** Arguments of sigma-sync in it; placeholders such as `<stream>` stay as they are. */
  readonly args: readonly string[];
}

/** Every call of sigma-sync with a command, in the order of the pages. */
export function documentedCommands(): DocumentedCommand[] {
  const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: ROOT }).sort()];
  return pages.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const blocks = [...text.matchAll(/^ *```(?:sh|bash)\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .replaceAll(/(?:^| )#.*$/gm, '')
        .split('\n'),
    );
    const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
    const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
    return [...blocks, ...spans].flatMap((line) => {
      const [, rest] = /(?:^|[\s(])(?:npx )?sigma-sync ((?:--config|[a-z]).*)$/.exec(line.trim()) ?? [];
      // Other programs take the name as an argument, and have options before or behind it.
      const isOther =
        /\b(?:pm2|npm|systemctl|journalctl|kubectl|cd) /.test(line) && !/(?:&&|--) .*sigma-sync/.test(line);
      return rest === undefined || isOther
        ? []
        : [{ file, line: line.trim(), args: wordsOf(lastCallIn(rest)) }];
    });
  });
}

/** `docker … exec sigma-sync sigma-sync check` has the name twice. */
function lastCallIn(rest: string): string {
  return rest.replace(/^.*(?:-- )?\bsigma-sync (?=[a-z])(?!.*["'])/, '');
}

/** Words of a shell's line up to a comment, a pipe, a redirection or another command. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [word] of line.matchAll(/"[^"]*"|'[^']*'|<[^>\s]+(?: [^>\s]+)*>|[^\s"']+/g)) {
    if (/^(?:#.*|\||&&|>.*|\d>.*|;|<)$/.test(word)) break;
    words.push(word.replace(/^(["'])(.*)\1$/s, '$2').replace(/\)$/, ''));
  }
  return words;
}
