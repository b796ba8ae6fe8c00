/** The digest: nothing from Sigma is markup, and what there is nothing to say of is left out. */
import { describe, expect, it } from 'vitest';
import type { Report, Thing, Top } from '../../src/analytics/report/digest.ts';
import { dayBars, heatMap, shade, sparkline } from '../../src/analytics/report/digest-charts.ts';
import { FORMATS } from '../../src/analytics/report/digest-formats.ts';
import { renderHtml } from '../../src/analytics/report/html.ts';
import { plain, renderMarkdown } from '../../src/analytics/report/markdown.ts';
import { sections, spread } from '../../src/analytics/report/sections.ts';
import { sinceOf } from '../../src/analytics/report/since.ts';

const NONE: Top<Thing> = { count: 0, top: [] };
const HOUR = Array.from({ length: 24 }, () => 0);

const EMPTY: Report = {
  ...{ version: 1, from: '2026-03-01T00:00:00.000Z', to: '2026-03-08T00:00:00.000Z' },
  ...{ historySince: null, unlogged: [] },
  sync: { lastComplete: null, answersAt: null, runs: 0, failedRuns: 0, behind: NONE },
  ...{ growth: [], newWorkbooks: NONE, removedWorkbooks: NONE, newReports: NONE, removedReports: NONE },
  ...{ newMembers: NONE, removedMembers: NONE },
  access: { given: 0, changed: 0, takenAway: 0, joined: 0, left: 0, teamDeleted: 0, latest: NONE },
  ...{ mostOpened: NONE, stale: NONE, orphaned: NONE, broken: NONE, duplicates: NONE },
  exposure: { everyone: NONE, external: NONE, publicEmbeds: NONE },
  licences: { inUse: 3, couldStepDown: NONE, neverSeen: NONE, idle: NONE },
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
  '- an item',
  '1. first',
  '1) first',
  '+ plus',
  'https://evil.example/a www.evil.example',
  '\u202eturned',
  `${'long '.repeat(100)}`,
];

/** Five of them, and four more that are not named. */
const hostile = (begin: number, url: string | null): Top<Thing> => {
  const top = HOSTILE.slice(begin, begin + 5).map((name, i) => ({ id: String(i), name, url, detail: name }));
  return { count: top.length + 4, top };
};

describe('an empty organization', () => {
  it('has no sections, and says that it knows no changes', () => {
    expect(sections(EMPTY)).toEqual([]);
    const text = renderMarkdown(EMPTY);
    expect(text).toBe(
      '# Sigma, 2026-03-01 to 2026-03-08\n\nNo sync has completed yet.\n\nThere is no change log, so changes are unknown.\n',
    );
    expect(renderHtml(EMPTY)).toContain('No sync has completed yet.');
    expect(renderHtml(EMPTY)).not.toContain('<section>');
  });
});

describe('names from Sigma', () => {
  const report: Report = {
    ...EMPTY,
    ...{
      stale: hostile(0, 'javascript:alert(1)'),
      orphaned: hostile(5, null),
      broken: hostile(10, 'https://a.example/"onclick="x'),
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

  it('are at most so long, and keep their direction of writing to themselves', () => {
    const page = renderHtml(report);
    for (const text of [...page.matchAll(/<bdi>([^<]*)<\/bdi>/g)].map(([, inner = '']) => inner))
      expect([...text.replace(/&[a-z0-9#]+;/g, 'x')].length).toBeLessThanOrEqual(80);
    expect(page).toMatch(/(long ){15}long…/);
  });

  it('are text in Markdown: one line each, no links, no mentions', () => {
    const page = renderMarkdown(report);
    expect(page).not.toMatch(/<script|<img|<!channel|(^|[^\u200b])@here\b/m);
    expect(page).not.toMatch(/[^\\]\]\(javascript:/);
    const lines = page.split('\n');
    expect(lines.filter((line) => line.startsWith('#'))).toHaveLength(1);
    // Three lists of three, and how many more there are.
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(3 * (3 + 1));
    expect(lines).toContain('- and 6 more');
  });

  it.each([
    ['a\u2028b\r\nc', 'a b c'],
    ['<!channel> @here', '&lt;\\!channel&gt; @\u200bhere'],
    ['# heading\n- item', '\\# heading - item'],
    ['- item', '\\- item'],
    ['+ item', '\\+ item'],
    ['12. item', '12\\. item'],
    ['2) item', '2\\) item'],
    ['2.5 million', '2\\.5 million'],
    ['[a](https://b.example)', '\\[a\\](https://\u200bb.example)'],
    ['WWW.b.example', 'WWW.\u200bb.example'],
    ['\u202eab\u2066', 'ab'],
    ['a|b *c* `d`', 'a\\|b \\*c\\* \\`d\\`'],
  ])('%j is %j in Markdown', (text, markdown) => {
    expect(plain(text)).toBe(markdown);
  });
});

const one = (name: string, detail: string): Top<Thing> => ({
  count: 1,
  top: [{ id: name, name, url: null, detail }],
});

describe('figures', () => {
  const report: Report = {
    ...EMPTY,
    historySince: '2026-03-03T04:05:06Z',
    access: { ...EMPTY.access, given: 2, left: 1, latest: one('Sales', 'view granted to Ada') },
    growth: [
      {
        ...{ stream: 'workbooks', total: 1200, added: 3, removed: 1 },
        days: [
          { day: '2026-03-03', total: 1198 },
          { day: '2026-03-04', total: 1200 },
        ],
      },
      { stream: 'report_elements', total: 7, added: 0, removed: 0, days: [{ day: '2026-03-04', total: 7 }] },
      { stream: 'reports', total: 0, added: 0, removed: 0, days: [{ day: '2026-03-04', total: 0 }] },
    ],
    newReports: one('Month end', 'by Ada'),
    stale: { ...one('Old', 'report, 99 days'), count: 2 },
    licences: { ...EMPTY.licences, neverSeen: { count: 2, top: one('Ada', 'viewer').top } },
    sync: { ...EMPTY.sync, lastComplete: '2026-03-08T01:02:03Z', runs: 12, failedRuns: 1 },
    schedules: {
      ...EMPTY.schedules,
      runsPerWeek: 9,
      byHour: [[8, 1, ...HOUR.slice(2)], ...EMPTY.schedules.byHour.slice(1)],
    },
  };

  it('are said alike in both', () => {
    const text = renderMarkdown(report);
    for (const said of [
      'Last complete sync: 2026-03-08 01:02 UTC (12 syncs in this period, 1 failed or interrupted).',
      '- 1,200 workbooks (+3 / -1) ▁█',
      '- 7 report elements (no change)\n\n',
      '**New reports:** 1 report\n\n- Month end – by Ada\n',
      '**Stale:** 2 workbooks and reports\n\n- Old – report, 99 days\n- and 1 more\n',
      'The change log starts at 2026-03-03 04:05 UTC',
      '**Access changes:** 2 granted, 1 left a team\n\n- Sales – view granted to Ada\n',
      '**Never seen:** 2 members\n\n- Ada – viewer\n- and 1 more',
      '9 runs a week',
      'Mon █▁',
    ])
      expect(text).toContain(said);
    const page = renderHtml(report);
    for (const said of [
      '<b>1,200</b>',
      '+3 / -1',
      '2 granted, 1 left a team',
      'Never seen</h2><p class="muted">2 members',
      'aria-label="workbooks: 1,198 on 2026-03-03, 1,200 on 2026-03-04"',
      'the busiest hour has 8',
      '2026-03-04: 1,200',
    ])
      expect(page).toContain(said);
  });
});

describe('JSON', () => {
  it('is the data as it is, hostile names included', () => {
    const report: Report = { ...EMPTY, stale: hostile(0, null) };
    expect(JSON.parse(FORMATS.json(report))).toEqual(report);
  });
});

describe('charts', () => {
  const flat = Array.from({ length: 3 }, (_, i) => ({ day: `2026-03-0${i + 1}`, total: 5 }));
  const year = Array.from({ length: 365 }, (_, i) => ({
    day: new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10),
    total: i,
  }));

  it('shade from white to blue, in six digits', () => {
    expect([shade(0), shade(1), shade(-1), shade(2)]).toEqual(['#ffffff', '#2563eb', '#ffffff', '#2563eb']);
    expect(shade(0.5)).toMatch(/^#[0-9a-f]{6}$/);
  });

  it('draw a line through the middle where nothing changed, and none of a single day', () => {
    expect(String(sparkline(flat, 'members'))).toContain('d="M4 14L60 14L116 14"');
    expect(sparkline(flat.slice(0, 1), 'members')).toBe('');
    expect(String(sparkline(flat, '"><b>'))).toContain('aria-label="&quot;&gt;&lt;b&gt;: 5 on');
  });

  it('have a bar a day, of a year 31, with the first and the last day among them', () => {
    expect(dayBars(flat, 'Workbooks')).toBe('');
    const bars = String(dayBars(year, 'Workbooks'));
    expect(bars.match(/<td/g)).toHaveLength(31);
    expect(bars).toContain('title="2026-01-01: 0"');
    expect(bars).toContain('title="2026-12-31: 364"');
    expect(bars).toContain('from 0 on 2026-01-01 to 364 on 2026-12-31');
    expect(spread([1, 2, 3], 31)).toEqual([1, 2, 3]);
  });

  it('show each hour of a week once, the busiest the darkest', () => {
    const week = Array.from({ length: 7 }, (_, day) =>
      HOUR.map((_zero, hour) => (day === 2 && hour === 5 ? 4 : 0)),
    );
    const map = String(heatMap(week));
    expect(map.match(/<td/g)).toHaveLength(7 * 24);
    expect(map).toContain('bgcolor="#2563eb" style="background: #2563eb" title="Wed 5:00, 4 runs"');
    expect(map.match(/bgcolor="#2563eb"/g)).toHaveLength(1);
  });
});

describe('the begin', () => {
  const now = new Date('2026-03-08T12:00:00Z');

  it.each([
    ['7d', '2026-03-01T12:00:00.000Z'],
    ['24h', '2026-03-07T12:00:00.000Z'],
    ['2w', '2026-02-22T12:00:00.000Z'],
    ['2026-03-03', '2026-03-03T00:00:00.000Z'],
    ['2026-03-03T09:00+02:00', '2026-03-03T07:00:00.000Z'],
    ['999999w', '1970-01-01T00:00:00.000Z'],
  ])('%s is %s', (since, begin) => {
    expect(sinceOf(since, now).toISOString()).toBe(begin);
  });

  it.each([
    ['soon', '--since must be a duration such as 24h, 7d or 2w, or a time such as 2026-03-03, not "soon".'],
    ['2026-02-30', 'not "2026-02-30"'],
    ['7 days', 'not "7 days"'],
    ['', 'not ""'],
    ['0d', '--since must be before now, not "0d".'],
    ['2027-01-01', '--since must be before now'],
  ])('%j is refused', (since, message) => {
    expect(() => sinceOf(since, now)).toThrow(message);
  });
});
