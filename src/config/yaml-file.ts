/** Reads the settings file: YAML with `${VARIABLE}` in its values, and the line of every key for error messages. */
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Document, LineCounter } from 'yaml';
import { ConfigError } from '../core/errors.ts';
import { takesText } from './settings.ts';
import { readText, systemReason } from './text-file.ts';

const require = createRequire(import.meta.url);

/** The parser. Loading it takes 20 ms, which only those with a settings file need to wait. */
const yaml = (): typeof import('yaml') => require('yaml');

type Path = readonly PropertyKey[];

/** The file's content before validation. */
export interface SettingsFile {
  readonly data: Record<string, unknown>;
  /** Line of the key at `path`, from 1; undefined where the file doesn't have it. */
  lineOf(path: Path): number | undefined;
  /** True where the value came out of the environment: it may be a secret, so no message repeats it. */
  isSubstituted(path: Path): boolean;
}

/**
 * @param name the file as the user named it, relative to `cwd`.
 * @throws ConfigError where it can't be read, is no YAML map, or names a variable that is not set.
 */
export function readSettingsFile(name: string, cwd: string, env: NodeJS.ProcessEnv): SettingsFile {
  let text: string;
  try {
    text = readText(resolve(cwd, name));
  } catch (error) {
    throw new ConfigError(`The settings file ${name} could not be read: ${systemReason(error)}.`, {
      cause: error,
      advice: 'Check the path after --config, or run "sigma-sync init" to write one.',
    });
  }
  return parseSettings(text, name, env);
}

/** The parser's own messages may quote the text they complain about, so we have our own for the common ones. */
const PROBLEMS: Readonly<Record<string, string>> = {
  BAD_INDENT: 'the indentation is wrong',
  BLOCK_AS_IMPLICIT_KEY: 'there is a second ": " in the line',
  DUPLICATE_KEY: 'the key is there twice',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing',
  TAB_AS_INDENT: 'there is a tab in the indentation',
};

/** Settings are five levels deep and a few hundred; the bounds are for what is none, such as an alias that holds itself. */
const MOST_LEVELS = 20;
const MOST_VALUES = 300_000;

/** More than this many levels in one line, which the parser would follow until the process runs out of memory. */
const DEEP_LINE = /^[ \t]*(?:[-?:][ \t]+){50}/m;

/** The pure part of `readSettingsFile`. @throws ConfigError */
export function parseSettings(text: string, name: string, env: NodeJS.ProcessEnv): SettingsFile {
  const { isMap, isNode, isScalar, LineCounter } = yaml();
  const lines = new LineCounter();
  const document = parse(text, name, lines);
  const lineOf = (path: Path): number | undefined => {
    const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
      : undefined;
    const node = pair?.key ?? document.getIn(path, true);
    return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  };
  const substituted = new Set<string>();
  let values = 0;
  const expand = (value: unknown, path: Path): unknown => {
    values += 1;
    if (path.length > MOST_LEVELS || values > MOST_VALUES) throw tooDeep(name);
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]),
      );
    }
    if (typeof value !== 'string' || !value.includes('${')) return value;
    substituted.add(path.join('.'));
    const where = () => `${path.join('.')} (${name} line ${lineOf(path) ?? '?'})`;
    return substitute(value, env, where, takesText(path));
  };
  const data = expand(toPlain(document, name), []);
  if (data === null || data === undefined) return { data: {}, lineOf, isSubstituted: () => false };
  if (typeof data !== 'object' || Array.isArray(data)) {
    throw new ConfigError(`The settings file ${name} must hold groups of settings, such as "sigma:".`);
  }
  return {
    data: data as Record<string, unknown>,
    lineOf,
    isSubstituted: (path) => substituted.has(path.join('.')),
  };
}

function parse(text: string, name: string, lines: LineCounter): Document {
  if (DEEP_LINE.test(text)) throw tooDeep(name);
  // Pretty errors quote the offending lines, and those may hold a secret. The parser compares each key with all others.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false };
  const document = orTooDeep(name, () => yaml().parseDocument(text, options));
  const [problem = repeatedKey(document)] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document;
  if (problem.code === 'RESOURCE_EXHAUSTION') throw tooDeep(name);
  throw new ConfigError(
    `The settings file is not valid YAML: ${PROBLEMS[problem.code] ?? problem.code.toLowerCase().replaceAll('_', ' ')} (${name} line ${lines.linePos(problem.pos[0]).line}).`,
    { advice: 'Check the indentation and put text with special characters into quotes.' },
  );
}

/** The first key that stands in its group for the second time. */
function repeatedKey(document: Document): { code: string; pos: readonly [number] } | undefined {
  const { isScalar, visit } = yaml();
  let repeated: { code: string; pos: readonly [number] } | undefined;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (seen.has(key.value)) {
          repeated = { code: 'DUPLICATE_KEY', pos: [key.range?.[0] ?? 0] };
          return visit.BREAK;
        }
        seen.add(key.value);
      }
      return undefined;
    },
  });
  return repeated;
}

/** @throws ConfigError where the stack of the process did not suffice. */
function orTooDeep<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(name) : error;
  }
}

function tooDeep(name: string): ConfigError {
  return new ConfigError(
    `The settings file ${name} is too large or too deeply nested for settings, or an alias in it refers to itself.`,
    { advice: 'Check that it is the right file, and its aliases (*name).' },
  );
}

/** `toJS` throws where aliases expand without bound or point nowhere. */
function toPlain(document: Document, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(`The settings file ${name} has aliases that cannot be resolved.`, { cause: error });
  }
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/;

/**
 * Puts variables into one value; `$${` stands for a literal `${`. Where the whole value is one variable it is read
 * as YAML would read it (`8` is a number), unless the setting is text: a secret of digits stays text.
 */
function substitute(value: string, env: NodeJS.ProcessEnv, where: () => string, isText: boolean): unknown {
  const result = value.replace(/\$\$\{|\$\{([^}]*)\}/g, (match, variable: string | undefined) => {
    if (match === '$${') return '${';
    const found = variable === undefined ? undefined : env[variable];
    if (found === undefined) {
      // A password may happen to hold a dollar and a brace.
      const called = VARIABLE.test(variable ?? '') ? `The environment variable ${variable}` : 'A variable';
      throw new ConfigError(`${called} is not set, but ${where()} uses it.`, {
        advice: 'Set it, or write $$ in place of $ where a literal brace follows.',
      });
    }
    return found;
  });
  if (isText || !/^\$\{[^}]*\}$/.test(value)) return result;
  const { isScalar, parseDocument } = yaml();
  const scalar = parseDocument(result);
  return scalar.errors.length === 0 && isScalar(scalar.contents) ? scalar.contents.value : result;
}
