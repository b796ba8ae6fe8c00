/** How fast the pages about usage answer. */
import type { Database } from '../../src/core/database/database.ts';
import { startWeb } from '../../src/operations/web/start-web.ts';
import { openControl } from '../../test/support/web-control.ts';
import { webApp } from '../../test/support/web-data.ts';
import { type Figures, fixed, note } from './output.ts';

/** Asks each page so often, one after the other. @param pairs members and workbooks they can see. */
export async function timePages(
  database: Database,
  env: Readonly<Record<string, string>>,
  pairs: readonly (readonly [member: string, workbook: string])[],
  repeat: number,
): Promise<Figures[]> {
  const pages: readonly (readonly [title: string, path: (member: string, workbook: string) => string])[] = [
    ['workbooks', () => '/workbooks'],
    ['workbooks, searched', () => '/workbooks?text=99'],
    ['workbooks, by name, page 100', () => '/workbooks?sort=name&page=100'],
    ['stale', () => '/workbooks/stale'],
    ['one workbook', (_, workbook) => `/workbooks/${workbook}`],
    ['members', () => '/members'],
    ['one member', (member) => `/members/${member}`],
    ['who sees what', (member, workbook) => `/access?member=${member}&object=${workbook}`],
    ['exposure', () => '/access/exposure'],
  ];
  const app = webApp({ env });
  await using web = await startWeb({ control: openControl({ app, database: async () => database }) });
  const figures: Figures[] = [];
  for (const [title, pathOf] of pages) {
    const times: number[] = [];
    let bytes = 0;
    for (let i = 0; i <= repeat; i++) {
      const [member, workbook] = pairs[i % pairs.length] ?? ['', ''];
      const begun = performance.now();
      const answer = await fetch(`${web.url}${pathOf(member, workbook)}`);
      bytes = (await answer.text()).length;
      if (!answer.ok) throw new Error(`${title} answered ${answer.status}`);
      // The first finds nothing in the caches.
      if (i > 0) times.push(performance.now() - begun);
    }
    times.sort((a, b) => a - b);
    const median = times[Math.floor((times.length - 1) / 2)] ?? Number.NaN;
    note(`${title}: ${fixed(median)} ms`);
    const slowest = fixed(times.at(-1) ?? Number.NaN);
    figures.push({
      page: title,
      'median ms': fixed(median),
      'slowest ms': slowest,
      kB: fixed(bytes / 1000, 0),
    });
  }
  return figures;
}
