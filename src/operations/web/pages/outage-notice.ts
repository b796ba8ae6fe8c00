/** Says on a page about streams what keeps all of them from being synced. */
import { html } from 'hono/html';
import type { Outage } from '../../../state/read/outage.ts';
import type { Site } from '../site.ts';
import { ago, type Content, errorText, notice, runLink, time } from '../view/elements.ts';

/** Nothing where nothing does. */
export function outageNotice(site: Site, outage: Outage | undefined): Content {
  if (outage === undefined) return '';
  const now = site.now();
  const next = outage.retryAt === undefined ? 'at the next run' : html`${ago(outage.retryAt, now)}`;
  return notice(
    'bad',
    'One cause holds up all streams.',
    html`${errorText(site.control.app.redact(outage.error), 600)}<span class="note">since ${time(outage.since, now)} · next try ${next} · run ${runLink(outage.runId)} · <a href="/">overview</a></span>`,
  );
}
