/**
 * The bearer token: minted with the client credentials, renewed before it expires, and by one caller at a time.
 * `POST /v2/auth/token` takes at most one request a second; the grant `refresh_token` exists but has no advantage over
 * minting another token, so it is not used.
 */
import { z } from 'zod';
import { ApiError, AuthError } from '../core/errors.ts';
import type { EventBus } from '../core/events/bus.ts';
import { means } from './status.ts';

/** Proof of identity. It is read for every token, so that a rotated secret is picked up. */
export interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The settings they come from, in words; default: their variables. */
  readonly from?: string;
}

/** A token and the number of its minting. */
export interface Token {
  readonly value: string;
  readonly number: number;
}

/** Hands out tokens. */
export interface TokenSource {
  /** A token that is not about to expire. @throws AuthError, NetworkError, ApiError */
  get(): Promise<Token>;
  /** The API took the token. */
  accepted(token: Token): void;
  /**
   * The API answered 401 to `token`: the next `get` mints another one.
   *
   * @returns false where the token had never been accepted, so that another would fare no better.
   */
  rejected(token: Token): boolean;
}

/** A life that is missing, over already or no number is taken for an hour, which is what Sigma gives: a 401 tells otherwise. */
const USUAL_LIFE_S = 3600;
/** Nothing that lasts for longer is worth keeping. */
const LONGEST_LIFE_S = 24 * 3600;

const ANSWER = z.object({
  access_token: z.string().min(1),
  expires_in: z
    .union([
      z.number(),
      z
        .string()
        .regex(/^\d+(\.\d+)?$/)
        .transform(Number),
    ])
    .pipe(z.number().min(1))
    .catch(USUAL_LIFE_S),
});

/** Characters that a header can carry. */
const SENDABLE = /^[\x21-\x7e]+$/;

const wrongCredentials = (from = 'SIGMA_CLIENT_ID and SIGMA_CLIENT_SECRET'): string =>
  `Check ${from}, that they belong to the region (SIGMA_REGION or sigma.region), that they were not ` +
  'revoked, and that the IP allowlist lets this machine in (Administration > Developer Access).';

/** Dependencies of a token source. */
export interface TokenOptions {
  readonly credentials: () => Credentials;
  /** Sends the form to the token endpoint, paced and repeated where it failed for a moment. */
  readonly post: (form: string) => Promise<{ readonly body: unknown }>;
  readonly events: EventBus;
  readonly now: () => number;
  /** Waits for rotated credentials; without it refused credentials stay refused. */
  readonly sleep?: ((ms: number) => Promise<void>) | undefined;
  /** Called with every token, so that it can be kept out of logs. */
  readonly onToken?: ((token: string) => void) | undefined;
}

/** Opens a token source; the first `get` mints. */
export function openTokenSource(options: TokenOptions): TokenSource {
  let current: (Token & { readonly renewAt: number }) | undefined;
  let minting: Promise<Token> | undefined;
  let minted = 0;
  let lastAccepted = 0;

  /**
   * Credentials that were good are replaced in two places, one after the other: what Sigma refuses in between is not
   * wrong, only early or late.
   */
  async function mint(): Promise<Token> {
    const used = options.credentials();
    try {
      return await mintWith(used);
    } catch (error) {
      const { sleep } = options;
      if (!(error instanceof AuthError) || sleep === undefined || minted === 0) throw error;
      options.events.emit('credentials.refused', { waitMs: ROTATION_MS });
      for (let waited = 0; waited < ROTATION_MS; waited += LOOK_EVERY_MS) {
        await sleep(LOOK_EVERY_MS);
        const now = options.credentials();
        if (now.clientId !== used.clientId || now.clientSecret !== used.clientSecret) return mintWith(now);
      }
      throw error;
    }
  }

  async function mintWith({ clientId, clientSecret, from }: Credentials): Promise<Token> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    const startedAt = options.now();
    const answer = ANSWER.safeParse(await send(options.post, form.toString(), from));
    if (!answer.success) {
      throw new ApiError('The token endpoint answered without an access_token.', {
        context: { method: 'POST', path: TOKEN_PATH },
        advice: 'Check the base URL: the host answers, but not as Sigma does.',
      });
    }
    const { access_token: value } = answer.data;
    const expiresInS = Math.min(LONGEST_LIFE_S, answer.data.expires_in);
    options.onToken?.(value);
    if (!SENDABLE.test(value)) {
      throw new ApiError(
        "The token endpoint answered with an access_token that can't be sent in a request.",
        {
          context: { method: 'POST', path: TOKEN_PATH },
          advice: 'Check the base URL: the host answers, but not as Sigma does.',
        },
      );
    }
    // Renewed when a tenth of its life is left, at most five minutes: a request sent with it must outlive it.
    const renewAt = startedAt + expiresInS * 1000 - Math.min(300_000, expiresInS * 100);
    current = { value, number: ++minted, renewAt };
    options.events.emit('token.minted', { expiresInS, refreshed: minted > 1 });
    return current;
  }

  return {
    async get() {
      if (current !== undefined && options.now() < current.renewAt) return current;
      minting ??= mint().finally(() => {
        minting = undefined;
      });
      return minting;
    },
    accepted(token) {
      lastAccepted = Math.max(lastAccepted, token.number);
    },
    rejected(token) {
      if (current?.number === token.number) current = undefined;
      // A newer one may be there already: then it is that one's turn to prove itself.
      return token.number <= lastAccepted || (current !== undefined && current.number > token.number);
    },
  };
}

/** A mounted secret follows its source within a minute or so. */
const ROTATION_MS = 150_000;
const LOOK_EVERY_MS = 5000;

export const TOKEN_PATH = '/v2/auth/token';

async function send(post: TokenOptions['post'], form: string, from: string | undefined): Promise<unknown> {
  try {
    return (await post(form)).body;
  } catch (error) {
    const refused =
      error instanceof AuthError ||
      (error instanceof ApiError && means(error.context.status, 'wrong credentials'));
    if (!refused) throw error;
    throw new AuthError('Sigma refused the client credentials.', {
      cause: error,
      context: error.context,
      advice: wrongCredentials(from),
    });
  }
}
