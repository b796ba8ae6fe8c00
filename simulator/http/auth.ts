/** The token endpoint and the bearer check. */
import { Random } from '../store/random.ts';
import { Refusal } from './answer.ts';

/** An access token and what it was used for. */
export interface Token {
  readonly value: string;
  readonly mintedAt: number;
  readonly expiresAt: number;
  served: number;
}

export interface AuthOptions {
  readonly seed: number;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly lifetimeS: number;
}

export class Auth {
  readonly #options: AuthOptions;
  readonly #tokens = new Map<string, Token>();
  readonly #refreshTokens = new Set<string>();
  #issued = 0;
  #secret: string;

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#secret = options.clientSecret;
  }

  /** From now on only this secret gets tokens; those that were issued go on until they expire. */
  rotateSecret(secret: string): void {
    this.#secret = secret;
  }

  /**
   * Grants a token. The client's id and secret may come in the form or as HTTP Basic: both are seen in the field.
   *
   * @throws Refusal 400 or 401.
   */
  grant(form: URLSearchParams, authorization: string | undefined) {
    const type = form.get('grant_type');
    const { id, secret } = credentials(form, authorization);
    const right = id === this.#options.clientId && secret === this.#secret;
    if (type === 'client_credentials') {
      if (!right) throw new Refusal(401, 'invalid client credentials');
      return this.#issue();
    }
    if (type !== 'refresh_token') throw new Refusal(400, `unsupported grant_type ${type ?? '(none)'}`);
    // Credentials may be sent along; then they must be right.
    if (id !== null && !right) throw new Refusal(401, 'invalid client credentials');
    if (!this.#refreshTokens.delete(form.get('refresh_token') ?? ''))
      throw new Refusal(401, 'invalid refresh token');
    return this.#issue();
  }

  /** The valid token of an Authorization header. */
  bearer(authorization: string | undefined): Token | undefined {
    const token = this.#tokens.get(/^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
    if (token === undefined) return undefined;
    if (performance.now() < token.expiresAt) return token;
    this.revoke(token);
    return undefined;
  }

  revoke(token: Token): void {
    this.#tokens.delete(token.value);
  }

  #issue() {
    const random = new Random(this.#options.seed, 'token', ++this.#issued);
    const access = random.base62(64);
    const refresh = random.base62(64);
    const mintedAt = performance.now();
    const expiresAt = mintedAt + this.#options.lifetimeS * 1000;
    this.#tokens.set(access, { value: access, mintedAt, expiresAt, served: 0 });
    this.#refreshTokens.add(refresh);
    return {
      access_token: access,
      refresh_token: refresh,
      token_type: 'bearer',
      expires_in: this.#options.lifetimeS,
    };
  }
}

function credentials(
  form: URLSearchParams,
  authorization: string | undefined,
): { readonly id: string | null; readonly secret: string | null } {
  const basic = /^Basic (\S+)$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return { id: form.get('client_id'), secret: form.get('client_secret') };
  const pair = Buffer.from(basic, 'base64').toString();
  const colon = pair.indexOf(':');
  return { id: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}
