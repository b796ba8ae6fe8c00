/** Files under /assets: these and no others, from memory. */
import { createHash } from 'node:crypto';
import { FIND_JS } from './scripts/find.ts';
import { LIVE_JS } from './scripts/live.ts';
import { PAGE_CSS } from './style/stylesheet.ts';

/** The mark of the page. */
const FAVICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0d5f73"/><path d="M17 6H8l5 6-5 6h9" fill="none" stroke="#ffffff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** A file that is served. */
export interface Asset {
  readonly type: string;
  readonly body: string;
  /** Tells this version from any other: who has it under its address need not ask again. */
  readonly version: string;
}

const asset = (type: string, body: string): Asset => ({
  ...{ type, body },
  version: createHash('sha256').update(body).digest('base64url').slice(0, 10),
});

const SCRIPT = 'text/javascript; charset=utf-8';

/** By the whole path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['/assets/page.css', asset('text/css; charset=utf-8', PAGE_CSS)],
  ['/assets/find.js', asset(SCRIPT, FIND_JS)],
  ['/assets/live.js', asset(SCRIPT, LIVE_JS)],
  ['/assets/favicon.svg', asset('image/svg+xml', FAVICON_SVG)],
]);

/** The address of a file in its version. */
export const assetAddress = (path: string): string => `${path}?v=${ASSETS.get(path)?.version ?? ''}`;
