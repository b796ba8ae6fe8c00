/** Secrets of the entries of lists: the tokens of exports, and where alerts go. */
import { ENCODE, isAmbiguous } from '../core/address.ts';
import { ConfigError } from '../core/errors.ts';
import { camelKeys } from './camel-keys.ts';
import { bothSet, type Layers } from './layers.ts';
import type { AlertConfig, ExportConfig, Settings } from './schema.ts';
import { readSecretFile } from './secret-file.ts';

/** Puts the tokens of an export in place that stand in files. @throws ConfigError where one has no token, or two. */
export function withTokens(
  { oauth_overrides: overrides, ...entry }: Settings['exports'][number],
  index: number,
  cwd: string,
  layers: Layers,
): ExportConfig {
  const tokens = overrides.map(({ connection, token, token_file: file }, number) => {
    const path = ['exports', index, 'oauth_overrides', number] as const;
    if (token !== undefined && file !== undefined)
      throw bothSet(layers, [...path, 'token'], [...path, 'token_file']);
    if (token !== undefined) return { connection, token };
    if (file !== undefined)
      return { connection, token: readSecretFile(file, cwd, `${path.join('.')}.token_file`) };
    throw new ConfigError(
      `${path.join('.')} has neither token nor token_file${layers.originOf(path).where}.`,
      {
        advice: 'Set the OAuth token of the connection, preferably in an environment variable or in a file.',
      },
    );
  });
  const parameters = Object.entries(entry.parameters).map(([control, value]) => [control, String(value)]);
  return { ...camelKeys(entry), parameters: Object.fromEntries(parameters), oauthOverrides: tokens };
}

/** What each kind of receiver can't do without. */
const NEEDS = {
  webhook: ['url'],
  slack: ['url'],
  email: ['url', 'from', 'to'],
  command: ['command'],
} as const;

/** Completes a receiver of alerts. @throws ConfigError where something that its kind needs is not set, or is no address. */
export function withAddress(
  { url_file: file, ...entry }: Settings['alerts'][number],
  index: number,
  cwd: string,
  layers: Layers,
): AlertConfig {
  const path = ['alerts', index] as const;
  if (entry.url !== undefined && file !== undefined)
    throw bothSet(layers, [...path, 'url'], [...path, 'url_file']);
  const url = file === undefined ? entry.url : readSecretFile(file, cwd, `${path.join('.')}.url_file`);
  const { kind } = entry;
  const missing = NEEDS[kind].filter(
    (key) =>
      (key === 'url' ? url : entry[key])?.length === undefined || (key !== 'url' && entry[key]?.length === 0),
  );
  const { where } = layers.originOf(path);
  if (missing.length > 0) {
    throw new ConfigError(
      `${path.join('.')} is of kind ${kind} and lacks ${missing.join(' and ')}${where}.`,
      { advice: 'docs/alerts.md has an example of each kind.' },
    );
  }
  const schemes = kind === 'email' ? ['smtp:', 'smtps:'] : ['http:', 'https:'];
  const address = URL.parse(url ?? '');
  const hidden = `${where} (it is not shown because it may hold a secret).`;
  if (kind !== 'command' && isAmbiguous(url ?? '', { mayHoldAt: kind !== 'email' })) {
    throw new ConfigError(`${path.join('.')}.url has a user or password that is not well-formed${hidden}`, {
      advice: ENCODE,
    });
  }
  // Without its slashes, smtp:host has no host, and the mail would go to this machine.
  if (kind !== 'command' && (!schemes.includes(address?.protocol ?? '') || address?.hostname === '')) {
    const wanted = kind === 'email' ? 'smtp:// or smtps://' : 'http:// or https://';
    throw new ConfigError(
      `${path.join('.')}.url must be an address that begins with ${wanted} and a host${hidden}`,
      { advice: 'docs/alerts.md has an example of each kind.' },
    );
  }
  return { ...camelKeys(entry), ...(url === undefined ? {} : { url }) };
}
