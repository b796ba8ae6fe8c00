/** The headers that put another user's warehouse rights in the place of the API user's. */
import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { issuesOf, Refusal } from '../http/answer.ts';

export const OVERRIDES = 'x-sigma-oauth-overrides';
export const REJECT_DEFAULT = 'x-sigma-oauth-reject-default-tokens';

const overrides = z.array(z.strictObject({ conn_id: z.string().min(1), token: z.string().min(1) }));

/** A request that had one of the headers; its tokens are not kept. */
export interface OverridingRequest {
  /** Method and template of the path. */
  readonly endpoint: string;
  readonly connectionIds: readonly string[];
  readonly rejectsDefaults: boolean;
}

/** Notes where the headers were sent. */
export class OAuthOverrides {
  readonly requests: OverridingRequest[] = [];
  /** Endpoints by the digest of a token. */
  readonly #endpoints = new Map<string, Set<string>>();

  /** Reads the headers of a request. @throws Refusal 400 where they are malformed. */
  read(endpoint: string, headers: IncomingHttpHeaders): OverridingRequest {
    const entries = entriesOf(headers[OVERRIDES]);
    const reject = headers[REJECT_DEFAULT] ?? 'false';
    if (reject !== 'true' && reject !== 'false')
      throw new Refusal(400, `${REJECT_DEFAULT} must be true or false`);
    const connectionIds = entries.map(({ conn_id }) => conn_id);
    const request = { endpoint, connectionIds, rejectsDefaults: reject === 'true' };
    if (headers[OVERRIDES] !== undefined || headers[REJECT_DEFAULT] !== undefined)
      this.requests.push(request);
    for (const { token } of entries) {
      const known = this.#endpoints.get(digest(token)) ?? new Set();
      this.#endpoints.set(digest(token), known.add(endpoint));
    }
    return request;
  }

  /** The endpoints a token was sent to: `['POST /v2/workbooks/{workbookId}/export']`. */
  endpointsOf(token: string): string[] {
    return [...(this.#endpoints.get(digest(token)) ?? [])];
  }
}

function entriesOf(header: string | string[] | undefined): z.output<typeof overrides> {
  if (header === undefined) return [];
  let value: unknown;
  try {
    value = JSON.parse(String(header));
  } catch {
    // Nothing of the header may get into the message: it holds secrets.
    throw new Refusal(400, `${OVERRIDES} is not JSON`);
  }
  const read = overrides.safeParse(value);
  if (!read.success) throw new Refusal(400, `${OVERRIDES}: ${issuesOf(read.error)}`);
  return read.data;
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
