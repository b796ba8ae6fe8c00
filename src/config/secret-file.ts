/** Secrets that are mounted as files. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { getSystemErrorMessage } from 'node:util';
import { ConfigError } from '../core/errors.ts';

/**
 * The trimmed content of a secret's file.
 *
 * @param name the setting or variable that names the file.
 * @throws ConfigError where it can't be read or is empty.
 */
export function readSecretFile(path: string, cwd: string, name: string): string {
  let content: string;
  try {
    content = readFileSync(resolve(cwd, path), 'utf8').trim();
  } catch (error) {
    throw new ConfigError(
      `${name} names the file ${path}, which could not be read: ${systemReason(error)}.`,
      { cause: error },
    );
  }
  if (content === '') throw new ConfigError(`${name} names the file ${path}, which is empty.`);
  return content;
}

/** The operating system's reason in words, e.g. `no such file or directory`. */
export function systemReason(error: unknown): string {
  const errno = error instanceof Error && 'errno' in error ? error.errno : undefined;
  if (typeof errno === 'number') return getSystemErrorMessage(errno);
  return error instanceof Error ? error.message : String(error);
}
