/** The secrets of a process as they are now: those of the settings, those that were rotated since, and tokens. */
import type { EventBus } from '../core/events/bus.ts';
import { redact } from '../core/logging/redact.ts';
import { secrets } from './credentials.ts';
import { checkDatabaseUrl, databasePasswords } from './database-url.ts';
import type { Config } from './schema.ts';
import { rotating } from './secret-file.ts';

export type LiveSecrets = ReturnType<typeof liveSecrets>;

/** Secrets that are remembered beside those of the settings. */
const MOST_ADDED = 200;
/** Tokens live an hour; one that is long gone needs no hiding. */
const MOST_TOKENS = 8;

/** Begins with the secrets of the settings; `events` hears of each that is rotated. */
export function liveSecrets(config: Config, events: EventBus) {
  const { secretFiles, sigma } = config;
  const { url } = config.database;
  const tokens: string[] = [];
  const added = new Set<string>();
  const all = (): readonly string[] => [...secrets(config), ...added, ...tokens];
  // If secrets change every hour, last month's open nothing any more, and each costs time with every line.
  const add = (secret: string): void => {
    added.add(secret);
    const [oldest] = added;
    if (added.size > MOST_ADDED && oldest !== undefined) added.delete(oldest);
  };
  const rotated =
    (secret: string, parts: (value: string) => readonly string[] = (value) => [value]) =>
    (value: string): void => {
      for (const part of parts(value)) add(part);
      events.emit('credentials.rotated', { secret });
    };
  const passwords = (value: string): readonly string[] => [value, ...databasePasswords(value)];
  return {
    /** Everything that must never be shown. */
    all,
    /** One more of them, such as the token of a warehouse. */
    add,
    /** A token of the API, as it is minted. */
    addToken(token: string): void {
      tokens.push(token);
      if (tokens.length > MOST_TOKENS) tokens.shift();
    },
    /** Takes every secret out of a text. */
    redact: (text: string): string => redact(text, all()),
    /** Undefined where the database is embedded. */
    databaseUrl:
      url === undefined
        ? undefined
        : rotating(secretFiles.databaseUrl, url, rotated('database.url', passwords), checkDatabaseUrl),
    // Values of all clients together: a client that is opened later must not take a known value for news.
    clientId: rotating(secretFiles.clientId, sigma.clientId ?? '', rotated('sigma.client_id')),
    clientSecret: rotating(
      secretFiles.clientSecret,
      sigma.clientSecret ?? '',
      rotated('sigma.client_secret'),
    ),
  };
}
