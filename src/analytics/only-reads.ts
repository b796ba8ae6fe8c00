/** Decides which statements `query` takes: those that can only read, judged by their kind. */
import { ConfigError, DatabaseError } from '../core/errors.ts';
import { meant } from '../core/nearest.ts';

/**
 * Statements that read. A read-only transaction refuses their writing parts, such as INTO, FOR UPDATE or a WITH that
 * changes data. Other statements may write past it, to files and programs of the server.
 */
const READS: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table', 'show', 'explain']);
/** Other statements that there are. */
const CHANGES: ReadonlySet<string> = new Set(
  `abort alter analyze begin call checkpoint close cluster comment commit copy create deallocate declare delete
   discard do drop end execute fetch grant import insert listen load lock merge move notify prepare reassign refresh
   reindex release reset revoke rollback savepoint security set start truncate unlisten update vacuum`.split(
    /\s+/,
  ),
);
/** Statements that EXPLAIN may run with ANALYZE. */
const EXPLAINED: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table']);

/** Advice for a request of several statements. */
export const ONE_AT_A_TIME = 'Ask one statement at a time.';

/** White space and comments between words, as the server reads them. */
const BLANK = /^(?:[ \t\n\r\f\v]+|--[^\n\r]*)+/;
/** `analyze`, `verbose` and `(format json, analyze)` behind EXPLAIN. */
const EXPLAIN_OPTION = /^(?:(?:analy[sz]e|verbose)(?![\w$\u0080-\uffff])|\([\w\s,.'"]*\))/i;

/**
 * @throws DatabaseError where the statement is one that may do more than read; ConfigError where there is none, or one
 * that could only change this very transaction.
 */
export function requireReading(sql: string): void {
  const statement = without(sql, /^;/);
  const word = firstWord(statement);
  if (statement === '' || word === 'set') throw answersNothing();
  if (!READS.has(word)) throw refused(word, statement);
  if (word !== 'explain') return;
  let explained = without(statement.slice(word.length));
  while (!EXPLAINED.has(firstWord(explained))) {
    const option = EXPLAIN_OPTION.exec(explained)?.[0];
    if (option === undefined) throw refused(`explain ${firstWord(explained)}`, explained);
    explained = without(explained.slice(option.length));
  }
}

/** The error for a text without a statement, or for a statement that gives no rows. */
export function answersNothing(): ConfigError {
  return new ConfigError('The statement answers nothing.', {
    advice: 'Use SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN.',
  });
}

function refused(words: string, statement: string): DatabaseError {
  // The server says so of several that begin with one that reads.
  if (/;\s*[^\s;]/.test(statement.replace(/'[^']*'/g, ''))) {
    return new DatabaseError('The query failed: cannot insert multiple commands into a prepared statement.', {
      advice: ONE_AT_A_TIME,
    });
  }
  const [verb = ''] = words.trim().split(' ');
  const isKnown = verb === '' || verb === 'explain' || CHANGES.has(verb);
  if (!isKnown) {
    const wanted = meant([...READS], verb);
    const guess = wanted === undefined ? '' : `Did you mean ${wanted.toUpperCase()}? `;
    return new DatabaseError(`The query failed: syntax error at or near "${verb}".`, {
      advice: `${guess}Only reading is allowed, with SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN.`,
    });
  }
  const named = words.trim() === '' ? 'this' : words.trim().toUpperCase();
  return new DatabaseError(`The query failed: cannot execute ${named} in a read-only transaction.`, {
    advice: 'Only reading is allowed, with SELECT, WITH, VALUES, TABLE, SHOW or EXPLAIN.',
  });
}

/** The first word, in small letters, of a statement that may stand in brackets. */
function firstWord(statement: string): string {
  return /^[a-z_]+(?![\w$\u0080-\uffff])/i.exec(without(statement, /^\(/))?.[0].toLowerCase() ?? '';
}

/** The text without the white space and the comments that it begins with. @param also what else may stand there */
function without(text: string, also?: RegExp): string {
  let rest = text;
  for (;;) {
    const length = BLANK.exec(rest)?.[0].length ?? commentAt(rest) ?? also?.exec(rest)?.[0].length ?? 0;
    if (length === 0) return rest;
    rest = rest.slice(length);
  }
}

/** Length of the comment that the text begins with, comments in it included; undefined where there is none. */
function commentAt(text: string): number | undefined {
  if (!text.startsWith('/*')) return undefined;
  let depth = 0;
  for (const { 0: mark, index } of text.matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1;
    if (depth === 0) return index + 2;
  }
  return text.length;
}
