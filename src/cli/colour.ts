/** Colours of words on a terminal. NO_COLOR and FORCE_COLOR are heeded; a pipe gets none. */
import { styleText } from 'node:util';

const STYLES: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  ok: 'green',
  complete: 'green',
  sent: 'green',
  WARN: 'yellow',
  partial: 'yellow',
  interrupted: 'yellow',
  running: 'cyan',
  FAIL: 'red',
  FAILED: 'red',
  DIFFERS: 'red',
  failed: 'red',
  deletion_guard: 'red',
};

/** A word of a status in its colour, as far as standard output takes colours. */
export function tinted(word: string): string {
  const style = STYLES[word];
  return style === undefined ? word : styleText(style, word, { stream: process.stdout });
}

/** The name of the program before an error or a warning, as far as standard error takes colours. */
export function sender(level: 'error' | 'warn'): string {
  return styleText(level === 'error' ? 'red' : 'yellow', 'sigma-sync:', { stream: process.stderr });
}
