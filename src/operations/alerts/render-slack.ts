/** A message as Slack, Mattermost and Discord (its /slack address) take it. Pure. */
import { type AlertMessage, type Paragraph, paragraphsOf, summaryOf } from './message.ts';
import { cut } from './plain-text.ts';

/** Longest text of a header and of a section in Slack, and of a message in Discord. */
const HEADER = 150;
const SECTION = 3000;
const TEXT = 2000;

const MARKS = { raised: '🔴', lasting: '🟠', recovered: '🟢' } as const;

/** The body of the request. */
export function slackOf(message: AlertMessage): Record<string, unknown> {
  const paragraphs = paragraphsOf(message);
  const origin = `sigma-sync on ${message.instance}${message.organization === null ? '' : `, ${message.organization}`}`;
  return {
    // Notifications show it, and so does what knows no blocks.
    text: textOf(message, paragraphs, origin),
    blocks: [
      { type: 'header', text: plain(summaryOf(message), HEADER) },
      ...paragraphs.flatMap((paragraph) => [
        {
          type: 'section',
          text: plain(`${MARKS[paragraph.state]} ${paragraph.heading}\n${paragraph.text}`, SECTION),
        },
        ...(paragraph.url === undefined ? [] : [context(`<${escapeSlack(paragraph.url)}|Open the page>`)]),
      ]),
      context(code(origin, 300)),
    ],
  };
}

/** Text in which nothing is markup: neither links nor mentions nor formats. */
function plain(text: string, most: number): Record<string, unknown> {
  return { type: 'plain_text', text: bounded(text, most), emoji: false };
}

const context = (text: string): Record<string, unknown> => ({
  type: 'context',
  elements: [{ type: 'mrkdwn', text }],
});

function textOf(message: AlertMessage, paragraphs: readonly Paragraph[], origin: string): string {
  const ends = [code(summaryOf(message), 300), code(origin, 200)] as const;
  const lines: string[] = [];
  let left = TEXT - ends[0].length - ends[1].length - 4;
  for (const { state, heading, text, url } of paragraphs) {
    const link = url === undefined ? '' : `\n${escapeSlack(url)}`;
    const line = `${MARKS[state]} ${code(heading, 400)}\n${code(text, 700)}${link}`;
    left -= line.length + 1;
    if (left < 0) {
      lines.push('…');
      break;
    }
    lines.push(line);
  }
  return [ends[0], ...lines, ends[1]].join('\n');
}

/** As code: nothing in it is markup, and nobody is mentioned. */
function code(text: string, most: number): string {
  return `\`${bounded(text.replaceAll('`', "'"), most)}\``;
}

/** Escaped, and not longer than `most` even so. */
function bounded(text: string, most: number): string {
  let length = most;
  for (;;) {
    const escaped = escapeSlack(cut(text, length));
    if (escaped.length <= most) return escaped;
    // A character becomes five at most, so this never cuts off too much.
    length -= Math.max(1, Math.floor((escaped.length - most) / 5));
  }
}

/** The three characters that Slack wants escaped. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
