/** Requests with the bearer token, which goes to the configured origin and nowhere else. */
import { ApiError, AuthError } from '../core/errors.ts';
import type { HttpRequest } from './http.ts';
import { type ApiAnswer, foreignOrigin } from './outcome.ts';
import { checkPath, isAddress } from './segment.ts';
import type { Route, Send, SendContext } from './send.ts';
import type { Token, TokenSource } from './token.ts';

/** A request but for its address and its token. */
export interface Form extends Pick<HttpRequest, 'method' | 'body' | 'streamed' | 'holds'> {
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that met so many expired tokens meets a wall, not an expiry. */
const MOST_REJECTIONS = 3;

/** Sends a request with a token, and once more with a new one where the token was refused. @throws as `Send` */
export async function sendAuthorized(
  send: Send,
  tokens: TokenSource,
  route: Route,
  url: URL,
  { headers: own, ...form }: Form,
  context: SendContext,
): Promise<ApiAnswer> {
  const { signal } = context;
  const where = { ...context, method: form.method, path: `${url.pathname}${url.search}` };
  for (let rejections = 1; ; rejections++) {
    let used: Token | undefined;
    try {
      const answer = await send(route, where, async () => {
        used = await tokens.get();
        const headers = { authorization: `Bearer ${used.value}`, accept: 'application/json', ...own };
        return { ...form, url, headers, signal };
      });
      if (used !== undefined) tokens.accepted(used);
      return answer;
    } catch (error) {
      if (!(error instanceof AuthError) || error.context.path !== where.path || used === undefined) {
        if (error instanceof ApiError && used !== undefined) tokens.accepted(used);
        throw error;
      }
      if (!tokens.rejected(used) || rejections >= MOST_REJECTIONS) throw error;
    }
  }
}

/** The address of a path. @throws ForeignOriginError where that is another origin's; LimitError as `checkPath`. */
export function addressOf(
  base: URL,
  path: string,
  query: Readonly<Record<string, string>>,
  stream: string | undefined,
): URL {
  const url = new URL(path, base);
  if (url.origin !== base.origin) throw foreignOrigin(url, { stream, path });
  // The address of a next page comes whole from Sigma; a path has ids in it.
  if (!isAddress(path)) checkPath(path, url, { stream });
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url;
}
