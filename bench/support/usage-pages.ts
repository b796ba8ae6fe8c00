/** How fast the pages about usage answer. */
import type { Database } from '../../src/core/database/database.ts';
import { startWeb } from '../../src/operations/web/start-web.ts';
import { openControl } from '../../test/support/web-control.ts';
import { webApp } from '../../test/support/web-data.ts';
import { type Figures, fixed, note } from './output.ts';
import { timed } from './timing.ts';

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
    let bytes = 0;
    const ask = async (turn: number): Promise<void> => {
      const [member, workbook] = pairs[turn % pairs.length] ?? ['', ''];
      const answer = await fetch(`${web.url}${pathOf(member, workbook)}`);
      bytes = (await answer.text()).length;
      if (!answer.ok) throw new Error(`${title} answered ${answer.status}`);
    };
    // The first finds nothing in the caches.
    await ask(0);
    const { median, slowest } = await timed(repeat, (turn) => ask(turn + 1));
    note(`${title}: ${fixed(median)} ms`);
    figures.push({
      page: title,
      'median ms': fixed(median),
      'slowest ms': fixed(slowest),
      kB: fixed(bytes / 1000, 0),
    });
  }
  return figures;
}
