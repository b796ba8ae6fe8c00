/** Turns zod's issues into sentences that name the setting, what was found, what is wanted and where it stands. */
import type { z } from 'zod';
import { holdsSecret, nearestSetting, nodeAt, wanted } from './settings.ts';

type Path = readonly PropertyKey[];

/** The origin of a value. */
export interface Origin {
  /** The setting's dotted name, the environment variable or the option that set it. */
  readonly name: string;
  /** e.g. ` of organization acme`, which the name has at its end, too; empty or left out where there is one. */
  readonly owner?: string;
  /** e.g. ` (config/sigma-sync.yaml line 7)`, or empty. */
  readonly where: string;
  /** The value must not be repeated. */
  readonly hidden: boolean;
}

/** Problems that are explained. A user with more mends these first, or has the wrong file. */
const MOST_PROBLEMS = 10;

/** One sentence per problem. */
export function explainIssues(
  issues: readonly z.core.$ZodIssue[],
  data: unknown,
  originOf: (path: Path) => Origin,
): string {
  const problems = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [() => explainValue(issue.path, data, originOf)];
    return issue.keys.map((key) => () => explainUnknown([...issue.path.map(String), key], originOf));
  });
  const more = problems.length - MOST_PROBLEMS;
  return [
    ...problems.slice(0, MOST_PROBLEMS).map((explain) => explain()),
    ...(more > 0 ? [`There ${more === 1 ? 'is 1 more problem' : `are ${more} more problems`}.`] : []),
  ].join(' ');
}

/** Text that looks like the beginning of a key. */
const KEY = /^[\w-]{1,60}/;

/** If a colon or a space is missing, YAML takes part of the value for the key, and that may be a secret. */
function shownKey(key: string): string {
  const [shown = ''] = KEY.exec(key) ?? [];
  return shown === key ? key : `${shown}…`;
}

function explainUnknown(path: readonly string[], originOf: (path: Path) => Origin): string {
  const shown = path.map(shownKey);
  const suggestion = nearestSetting(shown);
  const hint = suggestion === undefined ? '.' : `; did you mean ${suggestion}?`;
  const { owner = '', where } = originOf(path);
  return `${shown.join('.')}${owner} is not a setting${where}${hint}`;
}

function explainValue(path: Path, data: unknown, originOf: (path: Path) => Origin): string {
  const { name, where, hidden } = originOf(path);
  const value = path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    data,
  );
  // An entry of a list or of a map is explained by the wording of the whole.
  const node =
    nodeAt(path) ?? nodeAt(path.filter((key) => typeof key === 'string')) ?? nodeAt(path.slice(0, -1));
  const isEntry = typeof path.at(-1) === 'number' && nodeAt(path) === undefined;
  const want = wanted(isEntry ? (nodeAt(path.slice(0, -1))?.items ?? { type: 'string' }) : node);
  if (value === undefined) return `${name} is missing${where}; it must be ${want}.`;
  return `${name} must be ${want}, not ${describe(value, hidden || holdsSecret(node) || node?.properties !== undefined)}${where}.`;
}

/** The kind of a value, and the value itself where it is short and no secret. */
function describe(value: unknown, hidden: boolean): string {
  if (value === null || value === undefined) return 'empty';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a group of settings';
  if (typeof value === 'string') {
    if (value.trim() === '') return 'empty';
    // An address in the place of something else is mostly that of a database, with its password.
    return hidden || /@|:\/\//.test(value)
      ? 'this text'
      : `the text ${JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)}`;
  }
  const kind = typeof value === 'number' ? 'number' : 'value';
  return hidden ? `a ${kind}` : `the ${kind} ${String(value)}`;
}
