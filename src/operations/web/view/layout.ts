/** The frame of every page. */
import { html, raw } from 'hono/html';
import { cut, stamp } from '../../../core/words.ts';
import { type Answer, isDown, type Problem } from '../data/ask.ts';
import type { Place, Site } from '../site.ts';
import { assetAddress } from './assets.ts';
import { type Content, type Html, notice, places } from './elements.ts';

/** By itself: a template with this word in it is rewritten by the bundler, with a helper that no dependency brings. */
const SCRIPT_END = raw('</script>');

/** A page before it is framed. */
export interface Page {
  readonly title: string;
  /** Path of the entry of the navigation that it belongs to. */
  readonly place: string;
  readonly body: Content;
  /** Default 200. */
  readonly status?: number;
  /** Pages that it is below, the highest first; its list at least. */
  readonly crumbs?: readonly Place[];
  /** Navigation of its section. */
  readonly nav?: Html;
  /** Said under the title. */
  readonly lead?: Content;
  /** The text of the search. */
  readonly wanted?: string;
  /** Refreshes parts of itself. */
  readonly isLive?: boolean;
}

const ROLES = {
  leader: 'runs the schedules',
  standby: 'is on standby',
  planner: 'plans runs, which workers do',
  page: 'only serves this page',
} as const;

/** The whole document. */
export function layout(site: Site, version: string, page: Page): Html {
  const { control, organization } = site;
  const now = site.now();
  return html`${raw('<!doctype html>')}
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${page.title}${organization === undefined ? '' : ` · ${organization}`} · sigma-sync</title>
<link rel="icon" href="${assetAddress('/assets/favicon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${assetAddress('/assets/page.css')}">
<script src="${assetAddress('/assets/find.js')}" defer>${SCRIPT_END}
${page.isLive === true ? html`<script src="${assetAddress('/assets/live.js')}" defer>${SCRIPT_END}` : ''}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<div class="bar">
${brand(organization)}
${site.places.length === 0 ? '' : html`<nav aria-label="Main"><ul>${places(site.places, page.place, page.crumbs === undefined)}</ul></nav>`}
${site.places.length === 0 ? '' : searchBox(page.wanted)}
</div>
${page.nav ?? ''}
</header>
<main id="main" tabindex="-1">
${page.crumbs === undefined ? '' : crumbs(page.crumbs, page.title)}
<div class="title"><h1>${page.title}</h1>${page.lead === undefined ? '' : html`<p class="lead">${page.lead}</p>`}</div>
${
  control.refusedConfig === undefined
    ? ''
    : notice(
        'warn',
        'The new settings were refused. The old ones stay in force.',
        control.app.redact(control.refusedConfig),
      )
}
${page.body}
</main>
<footer><p>sigma-sync ${version} · ${control.instance} ${ROLES[control.role]} · up since <time datetime="${control.startedAt.toISOString()}">${stamp(control.startedAt)}</time> · page loaded <time datetime="${now.toISOString()}">${stamp(now, true)}</time> · all times are UTC</p></footer>
</body>
</html>
`;
}

/** The mark of the page. If there are several organizations, it leads to all of them, and the name to its own. */
function brand(organization: string | undefined): Html {
  const mark = html`<svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" focusable="false"><path class="mark" d="M18 5H7l6 7-6 7h11"/></svg>sigma-sync`;
  if (organization === undefined) return html`<a class="brand" href="/">${mark}</a>`;
  return html`<div class="brand"><a data-out href="/">${mark}<span class="sr">: all organizations</span></a><span aria-hidden="true">/</span><a href="/">${organization}</a></div>`;
}

/** One search for everything. It works without the script, which adds suggestions. */
function searchBox(wanted = ''): Html {
  return html`<form class="find" action="/search" method="get" role="search" aria-label="Everything"><input id="find" type="search" name="q" value="${wanted}" aria-label="Find anything" placeholder="Find anything" autocomplete="off" spellcheck="false" maxlength="200"><kbd aria-hidden="true">/</kbd></form>`;
}

/** Breadcrumbs of a page. */
function crumbs(above: readonly Place[], title: string): Html {
  return html`<nav class="crumbs" aria-label="Breadcrumb"><ol>${above.map(
    ([path, name]) => html`<li><a href="${path}">${name}</a></li>`,
  )}<li aria-current="page">${cut(title, 60)}</li></ol></nav>`;
}

/** A page made of an answer, in its frame; where there is none it says why. */
export function pageOf<T>(
  site: Site,
  frame: Omit<Page, 'body' | 'status'>,
  answer: Answer<T>,
  show: (value: T) => Partial<Page> & Pick<Page, 'body'>,
): Page {
  const status = statusOf(answer.problem);
  if (answer.problem !== undefined) return { ...frame, status, body: problemNotice(site, answer.problem) };
  return { ...frame, status, ...show(answer.value) };
}

/** Stands in place of an answer that the database did not give. */
export function problemNotice(site: Site, problem: Problem): Html {
  if (problem.kind === 'new')
    return notice(
      'info',
      'No data yet.',
      html`${problem.reason} Start one from the <a href="/">overview</a>, or with <code>sigma-sync sync</code>.`,
    );
  if (problem.kind === 'outdated') return notice('warn', 'The database needs an update.', problem.reason);
  if (problem.kind === 'refused') return notice('bad', 'The database did not answer.', problem.reason);
  const since = site.control.unreachable?.since;
  return notice(
    'bad',
    'The database cannot be reached.',
    html`${problem.reason} ${since === undefined ? '' : html`Since <time datetime="${since.toISOString()}">${stamp(since, true)}</time>.`} Runs and schedules resume when it is back.`,
  );
}

/** Status of a page that has this problem. */
export function statusOf(problem: Problem | undefined): number {
  return isDown(problem) ? 503 : 200;
}
