/**
 * The meaning of HTTP statuses: one table for every reader of a status. The specification documents only those of
 * success, so each row rests on the guide, on reports of others, or on plain HTTP. A status outside the table means
 * only that a request failed. Endpoints declare their own meaning of a refusal (`refusals`).
 */
import { ApiError } from '../core/errors.ts';

/** Meanings of a status. Several meanings differ by a status or two; each says why. */
export type Meaning =
  /** It may pass: the client repeats the request. */
  | 'passing'
  /** Too many requests: the whole lane slows down. */
  | 'throttled'
  /** The token is not accepted: another one is minted. */
  | 'unauthorized'
  /** The token endpoint refuses the client credentials. It says so with any of these statuses, not with 401 alone. */
  | 'wrong credentials'
  /**
   * The API lacks or refuses this endpoint, parameter or object: another source may have it, or its parent is gone. A
   * client's mistake (400, 422) is among them, because older versions refuse parameters that they do not know.
   */
  | 'refused'
  /** There is no such endpoint, for anybody: another source is taken for good. Not 400 or 403, which one object can cause. */
  | 'no endpoint'
  /**
   * Nothing of a stream is to be had: no such endpoint, not any more (410), or not for these credentials. Not 400 or 422,
   * which would be a mistake of ours that nobody should overlook.
   */
  | 'not for us'
  /** A single object was deleted. */
  | 'gone'
  /** A whole listing may have been retired. */
  | 'ended'
  /** It is there or not, and we may not know. */
  | 'hidden'
  /** A workbook that somebody named by its id: there is none, or none for us. */
  | 'not to be seen'
  /** A searched object can't be found by this way; another may lead to it. Includes 500, which some ids cause. */
  | 'no way'
  /** The page is too large to be made in time: fewer entries are asked for. */
  | 'too large'
  /** The page is too large where the message names the limit. */
  | 'perhaps too large'
  /** The result of an export is not there yet, or not any more. */
  | 'no result'
  /** Sigma failed to make it: an export is started again or read in another format, not asked for again and again. */
  | 'internal';

/** The status of each meaning, with the fact that it rests on. */
const TABLE: Readonly<Record<number, readonly Meaning[]>> = {
  // A parameter or a body that is not taken: a filter of a later version, a page beyond the endpoint's limit.
  400: ['refused', 'no way', 'wrong credentials', 'perhaps too large'],
  // An expired or revoked token, or an address that is not on the allowlist. [guide]
  401: ['unauthorized'],
  // A right is missing: it may come back, and says nothing of what is there.
  403: ['refused', 'no way', 'wrong credentials', 'not for us', 'hidden', 'not to be seen'],
  // No such object, or no such endpoint: with a token both are 404. An export also answers it before its result.
  404: ['refused', 'no way', 'no endpoint', 'not for us', 'gone', 'ended', 'not to be seen', 'no result'],
  // The path exists, for other methods.
  405: ['refused', 'no way', 'no endpoint', 'not for us'],
  // The server tired of waiting for the request.
  408: ['passing'],
  // Deleted for good, or an endpoint that was retired, for which there is no other source.
  410: ['not for us', 'gone', 'ended'],
  413: ['too large'],
  // As 400, from a validator.
  422: ['refused', 'no way', 'perhaps too large'],
  425: ['passing'],
  // No endpoint but export and token documents a limit, yet bursts meet one, from the edge network as well.
  429: ['passing', 'throttled'],
  // A failure of the moment, or a query that takes too long; of a pivot with totals as CSV it stays.
  500: ['passing', 'no way', 'too large', 'internal'],
  // Not implemented: a part that the plan or the region lacks. The one of the 5xx that does not pass.
  501: ['refused', 'no way', 'no endpoint', 'not for us'],
  502: ['passing'],
  503: ['passing'],
  504: ['passing', 'too large'],
  // The edge network (Cloudflare) did not get an answer out of Sigma; with 524 it gave up on one that took too long.
  520: ['passing'],
  521: ['passing'],
  522: ['passing'],
  523: ['passing'],
  524: ['passing', 'too large'],
  525: ['passing'],
  526: ['passing'],
  527: ['passing'],
};

/** True where the table gives the status that meaning. No status is no answer, and means nothing. */
export function means(status: number | undefined, meaning: Meaning): boolean {
  return status !== undefined && TABLE[status]?.includes(meaning) === true;
}

/** The status with which the API answered; undefined where an error is anything else than that. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof ApiError ? error.context.status : undefined;
}

/** A redirect, which is never followed: the token goes to the configured origin alone. */
export function isRedirect(status: number): boolean {
  return status >= 300 && status < 400;
}

/** The server is at fault, whether that passes or not. */
export function isServerFault(status: number | undefined): boolean {
  return (status ?? 0) >= 500;
}
