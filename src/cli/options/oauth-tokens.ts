/** OAuth tokens of warehouses: from the environment, never from the command line, which every user can see. */
import { ConfigError } from '../../core/errors.ts';
import type { OAuthOverride } from '../../exports/read/oauth-headers.ts';

/**
 * @param variables names of environment variables by the ids of connections
 * @throws ConfigError that names the connection only: somebody may have given the token itself.
 */
export function oauthTokensFrom(
  variables: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): OAuthOverride[] {
  return Object.entries(variables).map(([connection, variable]) => {
    const token = env[variable]?.trim() ?? '';
    if (token !== '') return { connection, token };
    throw new ConfigError(
      `--oauth-token-env: there is no environment variable of the name that stands behind the connection ${connection}.`,
      { advice: 'Put the token into an environment variable, and give the name of the variable.' },
    );
  });
}
