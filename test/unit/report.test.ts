/** The digest: nothing from Sigma is markup, and what there is nothing to say of is left out. */
import { describe, expect, it } from 'vitest';
import type { Report, Thing, Top } from '../../src/report/data.ts';
import { renderHtml } from '../../src/report/html.ts';
import { plain, renderMarkdown } from '../../src/report/markdown.ts';
import { sections } from '../../src/report/sections.ts';

const NONE: Top<Thing> = { count: 0, top: [] };
const HOUR = Array.from({ length: 24 }, () => 0);

const EMPTY: Report = {
  ...{ from: '2026-03-01T00:00:00.000Z', to: '2026-03-08T00:00:00.000Z' },
  ...{ historySince: null, lastCompleteSync: null, refreshedAt: null, growth: [] },
  access: { given: 0, changed: 0, 'taken away': 0, joined: 0, left: 0 },
  ...{
    newWorkbooks: NONE,
    removedWorkbooks: NONE,
    mostOpened: NONE,
    stale: NONE,
    orphaned: NONE,
    broken: NONE,
  },
  ...{ duplicates: NONE, exposed: NONE, publicEmbeds: NONE, licences: { 'in use': 3 }, couldStepDown: NONE },
  schedules: { runsPerWeek: 0, byHour: Array.from({ length: 7 }, () => HOUR), failures: NONE },
};

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '</title><b>',
  '[click](javascript:alert(1))',
  '<!channel> @here',
  '# heading\n- item',
  '`code` *bold* _it_ ~no~ | cell',
];

const hostile = (url: string | null): Top<Thing> => ({
  count: HOSTILE.length + 4,
  top: HOSTILE.map((name, i) => ({ id: String(i), name, url, detail: name })),
});

describe('an empty organization', () => {
  it('has no sections, and says that it knows no changes', () => {
    expect(sections(EMPTY)).toEqual([]);
    const text = renderMarkdown(EMPTY);
    expect(text).toBe(
      '# Sigma, 2026-03-01 to 2026-03-08\n\nNo sync was complete yet.\nThere is no change log: what changed is not known.\n',
    );
    expect(renderHtml(EMPTY)).toContain('No sync was complete yet.');
    expect(renderHtml(EMPTY)).not.toContain('<section>');
  });
});

describe('names from Sigma', () => {
  const report: Report = {
    ...EMPTY,
    ...{
      stale: hostile('javascript:alert(1)'),
      orphaned: hostile(null),
      broken: hostile('https://a.example/"onclick="x'),
    },
  };

  it('are text in HTML', () => {
    const page = renderHtml(report);
    expect(page).not.toMatch(/<script|<img|<b>|href="javascript|"onclick="/);
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).toContain('and 4 more');
    // Nothing is fetched: no source, no style sheet, no font.
    expect(page).not.toMatch(/<(img|link|script|iframe|object)|@import|url\(/);
  });

  it('are text in Markdown: one line each, no links, no mentions', () => {
    const page = renderMarkdown(report);
    expect(page).not.toMatch(/<script|<img|<!channel|(^|[^\u200b])@here\b/m);
    expect(page).not.toMatch(/[^\\]\]\(javascript:/);
    const lines = page.split('\n');
    expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(1);
    // Three lists, and what more there is.
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(3 * (HOSTILE.length + 1));
    expect(plain('a\u2028b\r\nc')).toBe('a b c');
  });
});

describe('figures', () => {
  const report: Report = {
    ...EMPTY,
    historySince: '2026-03-03T04:05:06Z',
    access: { ...EMPTY.access, given: 2, left: 1 },
    growth: [
      {
        ...{ stream: 'workbooks', total: 1200, added: 3, removed: 1 },
        days: [
          { day: '2026-03-03', total: 1198 },
          { day: '2026-03-04', total: 1200 },
        ],
      },
    ],
    licences: { 'in use': 3, 'never seen': 2 },
    schedules: {
      ...EMPTY.schedules,
      runsPerWeek: 9,
      byHour: [[8, 1, ...HOUR.slice(2)], ...EMPTY.schedules.byHour.slice(1)],
    },
  };

  it('are said alike in both', () => {
    const text = renderMarkdown(report);
    for (const said of [
      '1,200 workbooks (+3 / -1)',
      'The change log begins at 2026-03-03 04:05 UTC',
      '**Access:** 2 given, 1 left',
      '**Licences:** 2 never seen',
      '9 runs a week',
      'Mon █▁',
    ])
      expect(text).toContain(said);
    const page = renderHtml(report);
    for (const said of [
      '<b>1,200</b>',
      '+3 / -1',
      '2 given, 1 left',
      '2 never seen',
      'the busiest hour has 8',
      '2026-03-04: 1200',
    ])
      expect(page).toContain(said);
  });
});
