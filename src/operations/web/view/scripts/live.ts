/** The script of the overview: it refreshes the parts that change. Everything works without it, only by hand. */
export const LIVE_JS = `'use strict';
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
          if (said !== null) said.textContent = 'The process does not answer. This page may be out of date.';
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
