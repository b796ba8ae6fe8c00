/** The formats of the digest. */

import type { Report } from './digest.ts';
import { renderHtml } from './html.ts';
import { renderMarkdown } from './markdown.ts';

/** Formats by the names of `--format`. */
export const FORMATS = {
  md: renderMarkdown,
  html: renderHtml,
  json: (report: Report): string => `${JSON.stringify(report, undefined, 2)}\n`,
} as const;
