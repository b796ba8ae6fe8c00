/** Every command that README.md and docs/ print is one of sigma-sync, with arguments and options that it takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from '../../src/cli/main.ts';
import { documentedCommands } from '../support/documented-commands.ts';

/** The program, which parses and does nothing. */
function parser(): Command {
  const root = program();
  const silence = (command: Command): void => {
    command.configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    if (command.commands.length === 0) command.action(() => undefined);
    for (const inner of command.commands) silence(inner);
  };
  silence(root);
  return root;
}

/** The parser's objection; undefined where there is none. */
function objectionTo(args: readonly string[]): string | undefined {
  try {
    parser().parse([...args], { from: 'user' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Commands of the table in README, as `exports run`, with the options that their rows name. */
function tableOfReadme(): { name: string; options: string[] }[] {
  const text = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const rows = [
    ...(text
      .split('| command |')[1]
      ?.split('\n\n')[0]
      ?.matchAll(/^\| (`.*?) \| (.*) \|$/gm) ?? []),
  ];
  return rows.flatMap(([, names = '', about = '']) => {
    const options = [...about.matchAll(/`(--[a-z-]+)/g)].map(([, option = '']) => option);
    const [first = '', ...others] = [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) =>
      name.replaceAll(/ [[<-].*$/g, ''),
    );
    const group = first.includes(' ') ? `${first.split(' ')[0]} ` : '';
    const rest = others.map((name) => (name.includes(' ') || group === '' ? name : `${group}${name}`));
    return [first, ...rest].map((name) => ({ name, options }));
  });
}

/** The command of a name such as `exports run`. */
function find(name: string): Command | undefined {
  return name
    .split(' ')
    .reduce<Command | undefined>(
      (parent, word) => parent?.commands.find((command) => command.name() === word),
      program(),
    );
}

describe('the commands of README.md and docs/', () => {
  const commands = documentedCommands();

  it('are many', () => {
    expect(commands.length).toBeGreaterThan(80);
    expect(new Set(commands.map(({ file }) => file)).size).toBeGreaterThan(12);
  });

  it('are taken as they are printed', () => {
    const refused = commands
      .map(({ file, line, args }) => ({ file, line, objection: objectionTo(args) }))
      // A command is named in a sentence without what it needs.
      .filter(({ objection }) => objection !== undefined && !/missing required argument/.test(objection));
    expect(refused).toEqual([]);
  });

  it('and a mistake in one would be found', () => {
    expect(objectionTo(['sync', '--nothing'])).toMatch(/unknown option/);
    expect(objectionTo(['sink'])).toMatch(/unknown command/);
    expect(objectionTo(['report', '--format', 'pdf'])).toMatch(/invalid/);
    expect(objectionTo(['exports', 'nothing'])).toBeDefined();
  });
});

describe('the table of commands in README.md', () => {
  it('has every command', () => {
    const named = tableOfReadme().map(({ name }) => name.split(' ')[0]);
    expect([...new Set(named)].sort()).toEqual(
      program()
        .commands.map((command) => command.name())
        .sort(),
    );
  });

  it('names only commands and options that there are', () => {
    const rows = tableOfReadme();
    const unknown = rows.filter(({ name }) => find(name) === undefined && name !== 'check access');
    expect(unknown).toEqual([]);
    for (const { name, options } of rows.filter(({ options }) => options.length > 0)) {
      const known = find(name)?.options.map(({ long }) => long) ?? [];
      expect(
        options.filter((option) => !known.includes(option)),
        name,
      ).toEqual([]);
    }
  });
});
