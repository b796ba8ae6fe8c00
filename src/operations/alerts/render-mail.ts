/** A message as a mail. Pure. */
import { type AlertMessage, paragraphsOf, summaryOf } from './message.ts';
import { oneLine } from './plain-text.ts';

export interface MailText {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const LONGEST_SUBJECT = 150;

/** The mail. Its subject is one line, whatever names it holds. */
export function mailOf(message: AlertMessage): MailText {
  const summary = summaryOf(message);
  const paragraphs = paragraphsOf(message);
  const { instance, organization, schema } = message;
  const origin = `sigma-sync on ${instance}${schema === null ? '' : `, schema ${schema}`}${organization === null ? '' : `, ${organization}`}`;
  const text = [
    ...paragraphs.map((p) => [p.heading, p.text, ...(p.url === undefined ? [] : [p.url])].join('\n')),
    `-- \n${origin}`,
  ].join('\n\n');
  const html = [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(summary)}</title></head>`,
    '<body style="font-family: sans-serif; line-height: 1.4">',
    ...paragraphs.map(({ heading, text: body, url }) => {
      const link = url === undefined ? '' : `<br><a href="${escapeHtml(url)}">Open the page</a>`;
      return `<p><strong>${escapeHtml(heading)}</strong><br>${escapeHtml(body)}${link}</p>`;
    }),
    `<p style="color: #595959">${escapeHtml(origin)}</p>`,
    '</body></html>',
  ].join('\n');
  return { subject: oneLine(`[sigma-sync] ${summary}`, LONGEST_SUBJECT), text: `${text}\n`, html };
}

/** For text and for attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
