import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/core/errors.ts';
import { compileExports, type ExportSettings } from '../../src/exports/decide/definition.ts';
import { parseDuration } from '../../src/exports/decide/duration.ts';

const SHORT = '7sYWojYnccxJqdqkNKAw6S';
const LONG = '1f8e9847-c705-41fe-93b0-b80bbaff9730';
const URL = `https://app.sigmacomputing.com/acme/workbook/My-Audit-${SHORT}`;

const BASE: ExportSettings = {
  name: 'events',
  workbook: LONG,
  element: 'el_1',
  format: 'csv',
  mode: 'replace',
  key: [],
  types: { A: 'text' },
  parameters: { p: '1' },
  timeZone: 'UTC',
  schema: 'evolve',
  rowLimit: 10,
  timeoutMinutes: 2,
  oauthOverrides: [{ connection: LONG, token: 't' }],
  rejectDefaultTokens: true,
};
const WINDOW = { column: 'c', control: 'k', start: '2026-10-01', step: '1d', lookback: '3h' };

const one = (changes: Partial<ExportSettings>) => compileExports([{ ...BASE, ...changes }])[0];

function failure(...entries: Partial<ExportSettings>[]): string {
  try {
    compileExports(entries.map((entry) => ({ ...BASE, ...entry })));
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('compileExports', () => {
  it('fills in what follows from the rest', () => {
    expect(one({ runAs: 'm', tag: 'Prod', schedule: '1 2 * * *' })).toEqual({
      name: 'events',
      workbook: LONG,
      element: 'el_1',
      format: 'csv',
      table: 'events',
      mode: 'replace',
      key: [],
      window: undefined,
      types: { A: 'text' },
      parameters: { p: '1' },
      schedule: '1 2 * * *',
      timeZone: 'UTC',
      schema: 'evolve',
      rowLimit: 10,
      timeoutMs: 120_000,
      tag: 'Prod',
      exportAs: 'm',
      oauthOverrides: [{ connection: LONG, token: 't' }],
      rejectDefaultTokens: true,
    });
  });

  it.each<[workbook: string, element: string | undefined, expected: [string, string]]>([
    [`${URL}?:nodeId=el`, undefined, [SHORT, 'el']],
    [`${URL}?:draftId=${LONG}&:nodeId=el`, 'el', [SHORT, 'el']],
    [URL, 'el', [SHORT, 'el']],
    [URL, `${URL}?:nodeId=el`, [SHORT, 'el']],
    [SHORT, 'el', [SHORT, 'el']],
    ['an_opaque-id', 'el', ['an_opaque-id', 'el']],
  ])('finds workbook and element in %s and %s', (workbook, element, expected) => {
    const compiled = one({ workbook, element });
    expect([compiled?.workbook, compiled?.element]).toEqual(expected);
  });

  it('reads windows in UTC, whatever the zone of this machine', () => {
    const starts = ['2026-10-01', '2026-10-01T00:00', '2026-10-01 00:00:00.000', '2026-10-01T02:00:00+02:00'];
    for (const start of starts) {
      expect(one({ mode: 'append', window: { ...WINDOW, start } })?.window).toEqual({
        column: 'c',
        control: 'k',
        start: new Date('2026-10-01T00:00:00Z'),
        stepMs: 86_400_000,
        lookbackMs: 10_800_000,
      });
    }
  });

  it.each<[entries: Partial<ExportSettings>[], message: RegExp]>([
    [[{}, { table: 'other' }], /^Two exports are called events\.$/],
    [
      [{}, { name: 'b', table: 'events' }],
      /^The exports events and b would both load into the table events\.$/,
    ],
    [[{ mode: 'merge' }], /^The export events merges, but has no key/],
    [[{ window: WINDOW }], /^The export events has a window, but replaces/],
    [[{ element: undefined }], /^The export events has no element\.$/],
    [[{ workbook: URL, element: URL }], /^The export events has no element\.$/],
    [[{ workbook: `${URL}?:nodeId=a` }], /has the element el_1, but the address of its workbook names a\.$/],
    [
      [{ workbook: 'https://app.sigmacomputing.com/acme/b/Sales-23PiCBrgchwHc3g323Ai' }],
      /is the address of a dataset\.$/,
    ],
    [
      [{ workbook: 'https://app.sigmacomputing.com/acme/report/Night-23PiCBrgchwHc3g323Ai' }],
      /is the address of a report\.$/,
    ],
    [
      [{ workbook: 'what is this?' }],
      /^The workbook of the export events was not understood\. "what is this"/,
    ],
    [[{ mode: 'append', window: { ...WINDOW, step: '0m' } }], /has the step 0m and the lookback 3h\.$/],
    [[{ mode: 'append', window: { ...WINDOW, start: 'soon' } }], /starts at soon, which is not a time\.$/],
  ])('refuses %j', (entries, message) => expect(failure(...entries)).toMatch(message));
});

it('reads durations, and nothing else', () => {
  expect(['30m', '3h', '1d', '2 w'].map(parseDuration)).toEqual([
    1_800_000, 10_800_000, 86_400_000, 1_209_600_000,
  ]);
  fc.assert(
    fc.property(fc.string(), (text) => {
      if (!/^\s*\d{1,6} ?[mhdw]\s*$/.test(text)) expect(parseDuration(text)).toBeUndefined();
    }),
  );
});
