/** The headers by which an export reads a warehouse with the rights of another user. [guide] */

/** A connection by its long id, and the token that takes the place of Sigma's own. */
export interface OAuthOverride {
  readonly connectionId: string;
  readonly token: string;
}

/**
 * @param rejectDefaults refuse to read a connection without a token rather than fall back on that of the API's user.
 */
export function oauthHeaders(
  overrides: readonly OAuthOverride[],
  rejectDefaults: boolean,
): Readonly<Record<string, string>> {
  const entries = overrides.map(({ connectionId, token }) => ({ conn_id: connectionId, token }));
  // A header holds ASCII; JSON can say everything with that.
  const json = JSON.stringify(entries).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    ...(entries.length === 0 ? {} : { 'x-sigma-oauth-overrides': json }),
    ...(rejectDefaults ? { 'x-sigma-oauth-reject-default-tokens': 'true' } : {}),
  };
}
