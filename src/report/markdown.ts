/** The digest as Markdown that Slack and GitHub show alike: headings in bold, lists, bars of block characters. */
import type { Report, Thing } from './data.ts';
import { DAYS, growthLines, headline, lead, plural, sections } from './sections.ts';

const BARS = ' ▁▂▃▄▅▆▇█';

/** Renders the digest; what comes from Sigma can begin no markup and mention nobody. */
export function renderMarkdown(report: Report): string {
  const lines = [`# ${headline(report)}`, '', ...lead(report), ''];
  const growing = growthLines(report);
  if (growing.length > 0) {
    lines.push('**How it grows**', '');
    for (const { name, total, change } of growing)
      lines.push(`- ${total.toLocaleString('en-US')} ${name} (${change})`);
    lines.push('');
  }
  for (const { title, figure, items, more } of sections(report)) {
    lines.push(`**${title}:** ${figure}`, '');
    for (const item of items)
      lines.push(`- ${named(item)}${item.detail === '' ? '' : ` – ${plain(item.detail)}`}`);
    if (more > 0) lines.push(`- and ${more.toLocaleString('en-US')} more`);
    if (items.length > 0) lines.push('');
  }
  const { runsPerWeek, byHour } = report.schedules;
  if (runsPerWeek > 0) {
    lines.push(`**Schedules:** ${plural(runsPerWeek, 'run')} a week, by hour in UTC`, '', '```');
    const most = Math.max(...byHour.flat());
    for (const [day, hours] of byHour.entries())
      lines.push(`${DAYS[day]} ${hours.map((runs) => BARS[Math.ceil((8 * runs) / most)] ?? ' ').join('')}`);
    lines.push('    0     6     12    18    ', '```', '');
  }
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function named({ name, id, url }: Thing): string {
  const text = plain(name ?? id);
  return url !== null && /^https:\/\/[^\s()<>]+$/.test(url) ? `[${text}](${url})` : text;
}

/** Text from Sigma on one line, with nothing that Markdown or Slack would act on. */
export function plain(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[\\`*_~[\]<>|#!&]/g, (character) =>
      character === '<'
        ? '&lt;'
        : character === '>'
          ? '&gt;'
          : character === '&'
            ? '&amp;'
            : `\\${character}`,
    )
    .replace(/@/g, '@\u200b')
    .trim();
}
