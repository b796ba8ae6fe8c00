/**
 * The meaning of each status, written out once more: by meaning instead of by status, so that a change shows itself.
 */
import { expect, it } from 'vitest';
import { ApiError, NetworkError, RateLimitError } from '../../src/core/errors.ts';
import { isRedirect, isServerFault, type Meaning, means, statusOf } from '../../src/sigma/status.ts';

const MEANINGS: Readonly<Record<Meaning, readonly number[]>> = {
  passing: [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527],
  throttled: [429],
  unauthorized: [401],
  'wrong credentials': [400, 403],
  refused: [400, 403, 404, 405, 422, 501],
  'no endpoint': [404, 405, 501],
  'not for us': [403, 404, 405, 410, 501],
  gone: [404, 410],
  ended: [404, 410],
  hidden: [403],
  'not to be seen': [403, 404],
  'no way': [400, 403, 404, 405, 422, 500, 501],
  'too large': [413, 500, 504, 524],
  'perhaps too large': [400, 422],
  'no result': [404],
  internal: [500],
};

const ALL = Array.from({ length: 500 }, (_, index) => index + 100);

it.each(Object.entries(MEANINGS))('%s is said by %j', (meaning, statuses) => {
  expect(ALL.filter((status) => means(status, meaning as Meaning))).toEqual(statuses);
  expect(means(undefined, meaning as Meaning)).toBe(false);
});

it('nothing is both a deletion and something that passes', () => {
  expect(ALL.filter((status) => means(status, 'gone') && means(status, 'passing'))).toEqual([]);
});

it('classes are told by their first digit', () => {
  expect([299, 300, 399, 400].map(isRedirect)).toEqual([false, true, true, false]);
  expect([499, 500, 599, undefined].map(isServerFault)).toEqual([false, true, true, false]);
});

it('only an answer of the API has a status', () => {
  expect(statusOf(new RateLimitError('slow', { context: { status: 429 } }))).toBe(429);
  expect(statusOf(new ApiError('no status'))).toBeUndefined();
  expect(statusOf(new NetworkError('cut', { context: { status: 200 } }))).toBeUndefined();
});
