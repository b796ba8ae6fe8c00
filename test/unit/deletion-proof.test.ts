/** Proof of a deletion: each kind of evidence, and its worth. */
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/extractors/catalogue.ts';
import type { Stream } from '../../src/extractors/stream.ts';
import type { ExtractSummary } from '../../src/extractors/unit.ts';
import {
  goneWithParents,
  guardObjects,
  judge,
  provenIn,
  raisesDoubt,
  suspectsOf,
} from '../../src/loaders/deletion-proof.ts';

type Provable = Pick<Stream, 'get' | 'subject'>;
/** Entries can be looked at one by one. */
const LOOKED_AT: Provable = { get: '/v2/workbooks/{workbook_id}' };
/** The listing may hide entries, but their objects can be looked at. */
const ABOUT: Provable = { subject: '/v2/files/{inode_id}' };
/** There is nothing but the listing. */
const LISTED: Provable = {};
const ALL = Array.from({ length: 500 }, (_, index) => index + 100);

describe('a look at the entry', () => {
  const look = (status: number | undefined) => judge(LOOKED_AT, { by: 'entry', status });

  it('that answers 404 or 410 proves the deletion, and no other answer does', () => {
    expect(ALL.filter((status) => look(status) === 'deleted')).toEqual([404, 410]);
  });

  it('that answers 403 shows a lost permission, and 200 a listing that shifted', () => {
    expect(ALL.filter((status) => look(status) === 'hidden')).toEqual([403]);
    expect(ALL.filter((status) => look(status) === 'there')).toEqual([200]);
  });

  it('that is not answered, or by a failure, leaves it open', () => {
    for (const status of [undefined, 400, 429, 500, 503]) expect(look(status)).toBe('open');
  });
});

describe('a look at the object that an entry is about', () => {
  const look = (status: number | undefined) => judge(ABOUT, { by: 'subject', status });

  it('proves the deletion where we may read it, or where it is gone itself', () => {
    expect(ALL.filter((status) => look(status) === 'deleted')).toEqual([200, 404, 410]);
  });

  it('that answers 403 means that the listing hid the entry', () => {
    expect(look(403)).toBe('hidden');
  });

  it('that is not answered leaves it open', () => {
    for (const status of [undefined, 500]) expect(look(status)).toBe('open');
  });
});

describe('a listing', () => {
  const whole: ExtractSummary = { pages: 1, rejected: 0, hidden: 0, atOnce: true };
  const paged: ExtractSummary = { ...whole, pages: 3, atOnce: false };
  const verdict = (stream: Provable, listing: ExtractSummary, again = false) =>
    judge(stream, { by: 'listing', listing, again });

  it('in one page proves what it lacks', () => {
    expect(verdict(LISTED, whole)).toBe('deleted');
    expect(verdict(ABOUT, whole)).toBe('deleted');
  });

  it('of several pages, or of several listings, proves nothing alone', () => {
    expect(verdict(LISTED, paged)).toBe('open');
  });

  it('proves it when one before lacked the row as well', () => {
    expect(verdict(LISTED, paged, true)).toBe('deleted');
  });

  it('is never believed where a row can be looked at, however often it lacks it', () => {
    expect([verdict(LOOKED_AT, whole), verdict(LOOKED_AT, whole, true)]).toEqual(['open', 'open']);
  });

  it('with hidden entries proves nothing alone, and nothing at all where their objects can be looked at', () => {
    const hiding = { ...whole, hidden: 1 };
    expect([verdict(LISTED, hiding), verdict(LISTED, hiding, true)]).toEqual(['open', 'deleted']);
    expect([verdict(ABOUT, hiding), verdict(ABOUT, hiding, true)]).toEqual(['open', 'open']);
  });

  it('with a rejected entry proves nothing, and raises a doubt only where a look can settle it', () => {
    const rejecting = { ...whole, rejected: 1 };
    for (const stream of [LISTED, ABOUT, LOOKED_AT])
      for (const again of [false, true]) expect(verdict(stream, rejecting, again)).toBe('open');
    expect([LISTED, ABOUT, LOOKED_AT].map((stream) => raisesDoubt(stream, rejecting))).toEqual([
      ...[false, false, true],
    ]);
    expect([LISTED, ABOUT, LOOKED_AT].every((stream) => raisesDoubt(stream, whole))).toBe(true);
  });
});

describe('parents', () => {
  it.each([
    [true, false, 'deleted'],
    [true, true, 'open'],
    [false, true, 'open'],
    [false, false, 'open'],
  ] as const)('tombstoned: %s, alive in another listing: %s is %s', (tombstoned, alive, verdict) => {
    expect(judge(LISTED, { by: 'parents', tombstoned, alive })).toBe(verdict);
  });

  it('are judged by the same rule in SQL', () => {
    expect(goneWithParents('dead', [])).toBe('dead');
    expect(goneWithParents('dead', ['exists (a)', 'exists (b)'])).toBe(
      'dead and not exists (a) and not exists (b)',
    );
  });
});

it('a proof counts in the run that has it', () => {
  expect(provenIn('$2')).toBe('confirmed and run_id = $2');
  expect(provenIn('excluded.run_id', 'a')).toBe('a.confirmed and a.run_id = excluded.run_id');
});

describe('the deletion guard', () => {
  const guard = { percent: 10, rows: 25 };

  it('objects where more rows vanish than it allows, by number and by part', () => {
    expect(guardObjects(guard, 26, 100)).toBe(true);
    expect(guardObjects(guard, 25, 100)).toBe(false);
    expect(guardObjects(guard, 26, 260)).toBe(false);
    expect(guardObjects(guard, 27, 260)).toBe(true);
    expect(guardObjects(guard, 23, 24)).toBe(false);
  });

  it('objects where nearly all of a small table vanishes, and not where a part of it does', () => {
    const members: Pick<Stream, 'get' | 'partitions'> = { get: '/v2/members/{member_id}' };
    const usual = { percent: 20, rows: 25 };
    const object = (suspects: number, live: number, stream = members, settings = usual) =>
      guardObjects(settings, suspects, live, stream);
    expect([object(23, 24), object(25, 25), object(4, 4), object(4, 5), object(7, 10)]).toEqual(
      Array(5).fill(true),
    );
    for (const [suspects, live] of [
      ...[
        [2, 5],
        [3, 5],
        [3, 3],
        [1, 1],
        [6, 10],
        [12, 24],
        [20, 40],
        [25, 100],
      ],
    ] as [number, number][])
      expect(object(suspects, live), `${suspects} of ${live}`).toBe(false);
    // The settings alone decide about many rows.
    expect([object(26, 40), object(26, 200)]).toEqual([true, false]);
    expect(object(26, 40, members, { percent: 70, rows: 25 })).toBe(false);
    expect(object(23, 24, members, { percent: 100, rows: 25 })).toBe(false);
    // The contents of a document change with it.
    const byWorkbook = catalogue.find(({ name }) => name === 'workbook_elements');
    expect(object(23, 24, byWorkbook)).toBe(false);
    expect(
      object(
        23,
        24,
        catalogue.find(({ name }) => name === 'grants'),
      ),
    ).toBe(true);
    expect(
      object(
        5,
        5,
        catalogue.find(({ name }) => name === 'workspaces'),
      ),
    ).toBe(true);
  });

  it('weighs what nobody could look at yet where that can be done', () => {
    const count = { confirmed: 3, unconfirmed: 4, live: 100 };
    expect([suspectsOf(LOOKED_AT, count), suspectsOf(LISTED, count), suspectsOf(ABOUT, count)]).toEqual([
      ...[7, 3, 3],
    ]);
  });
});
