/** Checks a Postgres connection URL without ever repeating it: it holds a password. */
import { decode } from '../core/address.ts';
import { readAddress, splitAddress } from '../core/database/address.ts';
import { ConfigError } from '../core/errors.ts';

/** @throws ConfigError where `text` is no postgres:// or postgresql:// URL; the text itself is not in the message. */
export function checkDatabaseUrl(text: string, name = 'database.url'): void {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    throw new ConfigError(`${name} must begin with postgres:// or postgresql://.`, {
      advice: 'Example: postgresql://user@host:5432/warehouse. Without it the embedded database is used.',
    });
  }
  readAddress(text, name);
}

/** Every form in which the URL's password may turn up in a message; empty where it has none. */
export function databasePasswords(text: string): string[] {
  const parts = splitAddress(text);
  const encoded = [
    parts?.password ?? '',
    /^[^:]+:\/\/[^:@/]*:(.*)@/.exec(text)?.[1] ?? '',
    ...(parts?.parameters ?? []).filter(([name]) => /password$/.test(name)).map(([, value]) => value),
  ];
  const all = [...encoded, ...encoded.map(decode)].filter((form) => form !== undefined && form !== '');
  return [...new Set(all)] as string[];
}
