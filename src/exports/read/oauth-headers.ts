/** The headers by which an export reads a warehouse with the rights of another user: secrets, of no other use. [guide] */

/** A connection by its long id, and the token that takes the place of Sigma's own. */
export interface OAuthOverride {
  readonly connection: string;
  readonly token: string;
}

/** The identity whose rights on the warehouses apply. */
export interface OAuthRights {
  readonly oauthOverrides: readonly OAuthOverride[];
  /** Refuse to read a connection without a token rather than fall back on that of the API's user. */
  readonly rejectDefaultTokens: boolean;
}

export function oauthHeaders({ oauthOverrides, rejectDefaultTokens }: OAuthRights): Record<string, string> {
  const entries = oauthOverrides.map(({ connection, token }) => ({ conn_id: connection, token }));
  // A header holds ASCII; JSON can say everything with that.
  const json = JSON.stringify(entries).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return {
    ...(entries.length === 0 ? {} : { 'x-sigma-oauth-overrides': json }),
    ...(rejectDefaultTokens ? { 'x-sigma-oauth-reject-default-tokens': 'true' } : {}),
  };
}
