import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { exampleYaml, shortYaml } from '../../../config/config-document.ts';
import { ConfigError } from '../../../core/errors.ts';
import { print } from '../../output/tables.ts';

/** `init`: writes a settings file in which everything is explained and nothing is set. */
export function run(_: Command, file: string, { force, short }: { force?: true; short?: true }): void {
  if (existsSync(file) && force !== true) {
    throw new ConfigError(`${file} already exists. Nothing was written.`, {
      advice: 'Use --force to replace it, or name another file.',
    });
  }
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, short === true ? shortYaml() : exampleYaml(), { mode: 0o600 });
  } catch (error) {
    throw new ConfigError(
      `${file} can't be written: ${error instanceof Error ? error.message : String(error)}.`,
      {
        cause: error,
        advice: 'Name a file in a folder you may write to.',
      },
    );
  }
  print(
    `Wrote ${file}. Set region, client id and secret in it or in the environment; then run "sigma-sync check".`,
  );
}
