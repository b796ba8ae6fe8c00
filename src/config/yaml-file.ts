/** Reads the settings file: YAML with `${VARIABLE}` in its values, and the line of every key for error messages. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { ConfigError } from '../core/errors.ts';
import { systemReason } from './secret-file.ts';
import { takesText } from './settings.ts';

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
    text = readFileSync(resolve(cwd, name), 'utf8');
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
  DUPLICATE_KEY: 'the key stands there twice',
  MISSING_CHAR: 'a quote, bracket or colon is missing',
  MULTILINE_IMPLICIT_KEY: 'a colon is missing',
  TAB_AS_INDENT: 'there is a tab in the indentation',
};

/** The pure part of `readSettingsFile`. @throws ConfigError */
export function parseSettings(text: string, name: string, env: NodeJS.ProcessEnv): SettingsFile {
  const lines = new LineCounter();
  // Pretty errors quote the offending lines, and those may hold a secret.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined) {
    throw new ConfigError(
      `The settings file is not valid YAML: ${PROBLEMS[problem.code] ?? problem.code.toLowerCase().replaceAll('_', ' ')} (${name} line ${lines.linePos(problem.pos[0]).line}).`,
      { advice: 'Check the indentation and put text with special characters into quotes.' },
    );
  }
  const lineOf = (path: Path): number | undefined => {
    const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === path.at(-1))
      : undefined;
    const node = pair?.key ?? document.getIn(path, true);
    return isNode(node) && node.range ? lines.linePos(node.range[0]).line : undefined;
  };
  const substituted = new Set<string>();
  const expand = (value: unknown, path: Path): unknown => {
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]),
      );
    }
    if (typeof value !== 'string' || !value.includes('${')) return value;
    const where = `${path.join('.')} (${name} line ${lineOf(path) ?? '?'})`;
    substituted.add(path.join('.'));
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

/** `toJS` throws where aliases expand without bound or point nowhere. */
function toPlain(document: { toJS(): unknown }, name: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(`The settings file ${name} has aliases that cannot be resolved.`, { cause: error });
  }
}

/**
 * Puts variables into one value; `$${` stands for a literal `${`. Where the whole value is one variable it is read
 * as YAML would read it (`8` is a number), unless the setting is text: a secret of digits stays text.
 */
function substitute(value: string, env: NodeJS.ProcessEnv, where: string, isText: boolean): unknown {
  const result = value.replace(/\$\$\{|\$\{([^}]*)\}/g, (match, variable: string | undefined) => {
    if (match === '$${') return '${';
    const found = variable === undefined ? undefined : env[variable];
    if (found === undefined) {
      throw new ConfigError(`The environment variable ${variable} is not set, but ${where} uses it.`, {
        advice: 'Set it, or write $$ in place of $ where a literal brace follows.',
      });
    }
    return found;
  });
  if (isText || !/^\$\{[^}]*\}$/.test(value)) return result;
  const scalar = parseDocument(result);
  return scalar.errors.length === 0 && isScalar(scalar.contents) ? scalar.contents.value : result;
}
