/** What is served under /assets: these files and no others, from memory. */
import { PAGE_CSS } from './style.ts';

/** The one script: it refreshes the parts of the overview that change. Everything works without it, only by hand. */
const LIVE_JS = `'use strict';
(() => {
  const root = document.querySelector('[data-live-path]');
  if (root === null) return;
  // An address with a password in it can't be asked for by a script.
  const url = location.origin + root.dataset.livePath;
  const parser = new DOMParser();
  const said = document.getElementById('live-said');
  let failures = 0;

  function take(text) {
    const fresh = parser.parseFromString(text, 'text/html');
    for (const next of fresh.querySelectorAll('[data-live]')) {
      const old = document.getElementById(next.id);
      if (old === null || old.innerHTML === next.innerHTML) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement.id : '';
      old.replaceChildren(...[...next.childNodes].map((node) => document.importNode(node, true)));
      if (focused !== '') document.getElementById(focused)?.focus({ preventScroll: true });
    }
    const words = fresh.querySelector('[data-said]')?.textContent ?? '';
    if (said !== null && said.textContent !== words) said.textContent = words;
    return fresh.querySelector('[data-running]') !== null;
  }

  async function refresh() {
    let isRunning = false;
    if (document.hidden) isRunning = true;
    else {
      try {
        const answer = await fetch(url, { cache: 'no-store', redirect: 'error', signal: AbortSignal.timeout(10000) });
        if (!answer.ok) throw new Error(String(answer.status));
        isRunning = take(await answer.text());
        failures = 0;
        document.body.classList.remove('is-cut-off');
      } catch {
        failures++;
        if (failures > 1) {
          document.body.classList.add('is-cut-off');
          if (said !== null) said.textContent = 'The process does not answer; what is shown may be old.';
        }
      }
    }
    const pause = failures > 0 ? Math.min(30000, 2000 * 2 ** failures) : isRunning ? 2000 : 6000;
    setTimeout(refresh, pause);
  }

  document.body.classList.add('is-live');
  setTimeout(refresh, 2000);
})();
`;

/** The mark of the page. */
const FAVICON_SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="5" fill="#0d5f73"/><path d="M17 6H8l5 6-5 6h9" fill="none" stroke="#ffffff" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** By the whole path. */
export const ASSETS: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ['/assets/page.css', { type: 'text/css; charset=utf-8', body: PAGE_CSS }],
  ['/assets/live.js', { type: 'text/javascript; charset=utf-8', body: LIVE_JS }],
  ['/assets/favicon.svg', { type: 'image/svg+xml', body: FAVICON_SVG }],
]);
