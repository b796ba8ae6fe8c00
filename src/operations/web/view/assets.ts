/** What is served under /assets: these files and no others, from memory. */
import { FAVICON_SVG, LIVE_JS } from './script.ts';
import { PAGE_CSS } from './style.ts';

/** A file. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** By the whole path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['/assets/page.css', { type: 'text/css; charset=utf-8', body: PAGE_CSS }],
  ['/assets/live.js', { type: 'text/javascript; charset=utf-8', body: LIVE_JS }],
  ['/assets/favicon.svg', { type: 'image/svg+xml', body: FAVICON_SVG }],
]);
