/** Secrets that are mounted as files, and may be rotated while the process runs. */
import { resolve } from 'node:path';
import { ConfigError } from '../core/errors.ts';
import { readText, systemReason } from './text-file.ts';

/**
 * The trimmed content of a secret's file.
 *
 * @param name the setting or variable that names the file.
 * @throws ConfigError where it can't be read or is empty.
 */
export function readSecretFile(path: string, cwd: string, name: string): string {
  let content: string;
  // The whole path shows where a relative one was looked for.
  const file = resolve(cwd, path);
  try {
    content = readText(file).trim();
  } catch (error) {
    throw new ConfigError(
      `${name} names the file ${file}, which could not be read: ${systemReason(error)}.`,
      { cause: error },
    );
  }
  if (content === '') throw new ConfigError(`${name} names the file ${file}, which is empty.`);
  return content;
}

/** Gives the secret as it is now. */
export type Rotating = () => string;

/**
 * A secret whose file is read whenever it is asked for, as those who mount secrets replace the file. While that can't
 * be read, or is empty, because it is being written, the last value holds.
 *
 * @param file absolute path; undefined where the secret is not from a file, and so never changes.
 * @param onNew called with every new value, before it is used.
 * @param check throws where a value is none; then the last one holds, too.
 */
export function rotating(
  file: string | undefined,
  initial: string,
  onNew: (value: string) => void,
  check: (value: string) => void = () => undefined,
): Rotating {
  let current = initial;
  return () => {
    if (file === undefined) return current;
    try {
      const read = readSecretFile(file, '/', 'the file');
      if (read !== current) {
        check(read);
        onNew(read);
        current = read;
      }
    } catch {
      // The next use looks again.
    }
    return current;
  };
}
