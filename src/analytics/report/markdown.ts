/** The digest as Markdown that Slack and GitHub show alike: headings in bold, lists, bars of block characters. */
import { count, cut, plural } from '../../core/words.ts';
import type { Report, Thing } from './digest.ts';
import { DAYS, growthLines, headline, LONGEST, lead, sections, spread } from './sections.ts';

const BARS = ' ▁▂▃▄▅▆▇█';

/** Number of named entries per list: a block of Slack takes 12,000 characters. */
const MOST = 3;

/** Renders the digest; what comes from Sigma can begin no markup and mention nobody. */
export function renderMarkdown(report: Report): string {
  const lines = [`# ${headline(report)}`, '', ...lead(report).flatMap((line) => [line, ''])];
  const growing = growthLines(report);
  if (growing.length > 0) {
    lines.push('**Growth**', '');
    for (const { name, total, change, days } of growing)
      lines.push(`- ${count(total)} ${name} (${change})${sparkbars(days.map((day) => day.total))}`);
    lines.push('');
  }
  for (const { title, figure, items, more } of sections(report, MOST)) {
    lines.push(`**${title}:** ${figure}`, '');
    for (const item of items)
      lines.push(`- ${named(item)}${item.detail === '' ? '' : ` – ${plain(item.detail)}`}`);
    if (more > 0) lines.push(`- and ${count(more)} more`);
    lines.push('');
  }
  const { runsPerWeek, byHour } = report.schedules;
  if (runsPerWeek > 0) {
    lines.push(`**Schedules:** ${plural(runsPerWeek, 'run')} a week, by hour in UTC`, '', '```');
    const most = Math.max(...byHour.flat());
    for (const [day, hours] of byHour.entries())
      lines.push(`${DAYS[day]} ${hours.map((runs) => BARS[Math.ceil((8 * runs) / most)] ?? ' ').join('')}`);
    lines.push('    0     6     12    18    ', '```', '');
  }
  return `${lines.join('\n').trimEnd()}\n`;
}

/** Bars from the lowest to the highest, led by a space; nothing where nothing changed. */
function sparkbars(totals: readonly number[]): string {
  const [low, high] = [Math.min(...totals), Math.max(...totals)];
  if (totals.length < 2 || low === high) return '';
  return ` ${spread(totals, 31)
    .map((total) => BARS[1 + Math.round((7 * (total - low)) / (high - low))])
    .join('')}`;
}

function named({ name, id, url }: Thing): string {
  const text = plain(name ?? id);
  return url !== null && /^https:\/\/[^\s()<>\\]+$/.test(url) ? `[${text}](${url})` : text;
}

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' };

/** Text from Sigma on one line and not long, with nothing that Markdown or Slack would act on. */
export function plain(text: string): string {
  return (
    cut(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim(), LONGEST)
      // A character that changes the direction of writing would change the rest of the line, too.
      .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/[\\`*_~[\]<>|#!&]/g, (character) => ENTITIES[character] ?? `\\${character}`)
      // A list in a list, begun by what the name begins with.
      .replace(/^(\d+)([.)])/, '$1\\$2')
      .replace(/^[-+=]/, '\\$&')
      // Mentions, and addresses that would become links.
      .replace(/@|:\/\/|www\./gi, '$&\u200b')
  );
}
