/** Looks at every page of a large organization in a browser: widths, light and dark, rules of axe, time and what is sent. */

import { startWeb } from '../src/operations/web/start-web.ts';
import { findings } from '../test/support/axe.ts';
import { launchBrowser, overflowing, unfold, VARIANTS, watch } from '../test/support/browser.ts';
import { openLarge } from '../test/support/web-large.ts';
import { usagePaths } from '../test/support/web-usage.ts';
import { benchmark } from './support/flags.ts';
import { type Figures, fixed, note, print, printMachine, printTable } from './support/output.ts';

benchmark(
  'look',
  'Every page of an organization of 10,000 workbooks in a Chromium, at four widths, light and dark: what does not fit, what axe finds, how long it takes, and what is sent.',
  '',
  {},
);

await using large = await openLarge();
await using web = await startWeb({ control: large.control });
const { workbook, member, report, team, table } = large;
const paths = [
  ...['/', '/runs', '/streams', '/streams/workbooks', '/exports', '/changes', '/alerts', '/config'],
  ...usagePaths({ workbook, member, report, team, table }),
  '/search?q=revenue',
];
const wrong: string[] = [];
const figures = new Map<string, { slowest: number; bytes: number }>();
const browser = await launchBrowser();
try {
  for (const [title, options] of VARIANTS) {
    await using watched = await watch(browser, web.url, options);
    const { page } = watched;
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    for (const path of paths) {
      bytes = 0;
      const begun = performance.now();
      await page.goto(`${web.url}${path}`, { waitUntil: 'load' });
      const ms = performance.now() - begun;
      const known = figures.get(path);
      figures.set(path, {
        slowest: Math.max(ms, known?.slowest ?? 0),
        bytes: Math.max(bytes, known?.bytes ?? 0),
      });
      if (options.javaScriptEnabled === false) continue;
      const found = [...(await overflowing(page)), ...(await findings(page))];
      await unfold(page);
      found.push(...(await overflowing(page)).map((one) => `unfolded: ${one}`));
      wrong.push(...found.map((one) => `${title} ${path}: ${one}`));
    }
    wrong.push(...watched.wrong.map((one) => `${title}: ${one}`));
    note(`${title}: looked at`);
  }
} finally {
  await browser.close();
}
printMachine('PostgreSQL of our own, Chromium');
printTable(
  [...figures].map(
    ([path, { slowest, bytes }]): Figures => ({
      page: path.replaceAll(/[\w-]{20,}/g, '…'),
      [`slowest of ${VARIANTS.length}, loaded, ms`]: fixed(slowest, 0),
      'kB sent, at most': fixed(bytes / 1000, 0),
    }),
  ),
);
print();
print(wrong.length === 0 ? 'Everything fits, and axe finds nothing.' : wrong.join('\n'));
if (wrong.length > 0) process.exitCode = 1;
