/** Checks a Postgres connection URL without ever repeating it: it holds a password. */
import { decode, ENCODE, isAmbiguous } from '../core/address.ts';
import { ConfigError } from '../core/errors.ts';

/** @throws ConfigError where `text` is no postgres:// or postgresql:// URL; the text itself is not in the message. */
export function checkDatabaseUrl(text: string, name = 'database.url'): void {
  if (!/^postgres(ql)?:\/\//i.test(text)) {
    throw new ConfigError(`${name} must begin with postgres:// or postgresql://.`, {
      advice: 'Example: postgresql://user@host:5432/warehouse. Without it the embedded database is used.',
    });
  }
  if (!isParsable(text)) {
    throw new ConfigError(
      `${name} is not a well-formed URL (its text is not shown because it may hold a password).`,
      { advice: ENCODE },
    );
  }
}

/** Every form in which the URL's password may turn up in a message; empty where it has none. */
export function databasePasswords(text: string): string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const encoded = [url.password, /^[^:]+:\/\/[^:@/]*:(.*)@/.exec(text)?.[1] ?? ''];
  return [...encoded, ...encoded.map(decode), url.searchParams.get('password') ?? ''].filter(
    (password): password is string => password !== undefined && password !== '',
  );
}

function isParsable(text: string): boolean {
  const url = URL.parse(text);
  // Nothing of an address of Postgres stands behind a number sign: it would be the rest of a password.
  if (url === null || text.includes('#') || isAmbiguous(text)) return false;
  // node-postgres decodes these parts and would fail later, with the URL in its message.
  return [url.username, url.password, url.hostname, url.pathname].every((part) => decode(part) !== undefined);
}
