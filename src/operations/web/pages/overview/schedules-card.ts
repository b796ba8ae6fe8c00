/** The schedules: when each runs next, and how it went last. */
import { html } from 'hono/html';
import { plural, relative, stamp } from '../../../../core/words.ts';
import type { ScheduleState } from '../../service-control.ts';
import type { Visit } from '../../site.ts';
import { ago, type Content, empty, errorText, runLink, section, status } from '../../view/elements.ts';
import { table } from '../../view/table.ts';
import { actionForm } from '../actions.ts';
import type { Overview } from './overview-facts.ts';

const ROLES = {
  standby: 'Another process runs the schedules. This one is on standby.',
  planner: 'Workers run the schedules.',
  page: 'This process runs no schedules. They run at these times if a sigma-sync start runs.',
} as const;

/** See the head of this file; nothing where they could not be read. */
export function schedulesCard(visit: Visit, { schedules }: Overview): Content {
  if (schedules === undefined) return '';
  const now = visit.site.now();
  const running = new Map(visit.site.control.running().map((job) => [job.name, job]));
  const { role } = visit.site.control;
  const body = table<ScheduleState>(
    'Schedules and their next runs',
    [
      {
        title: 'Schedule',
        isHead: true,
        cell: ({ name, what }) => html`${name}<span class="note">${what}</span>`,
      },
      {
        title: 'When',
        isExtra: true,
        cell: ({ cron, timeZone }) => html`<code>${cron}</code><span class="note">${timeZone}</span>`,
      },
      {
        title: 'Next run',
        cell: ({ nextTurn, retryAt, attempts }) =>
          retryAt === null
            ? utc(nextTurn, now)
            : html`${utc(retryAt, now)}<span class="note">retry after ${plural(attempts, 'failure')}</span>`,
      },
      {
        title: 'Last run',
        isExtra: true,
        cell: (one) =>
          one.lastStatus === null
            ? status('never')
            : html`${status(one.lastStatus)} ${one.lastRunId === null ? '' : runLink(one.lastRunId)}<span class="note">${ago(one.lastFinishedAt ?? one.lastStartedAt, now)}</span>${one.error === null ? '' : html`<span class="note">${errorText(one.error, 160)}</span>`}`,
      },
      ...(visit.mayAct
        ? [
            {
              title: 'Actions',
              cell: ({ name }: ScheduleState) => {
                const job = running.get(name);
                if (job === undefined) return actionForm(visit, 'run', name, 'Run now');
                // Its Cancel is beside its progress, above.
                return status(job.stopping ? 'stopping' : 'running');
              },
            },
          ]
        : []),
    ],
    schedules,
    empty('No schedules.', html`Add some under <code>schedules:</code> in the settings.`),
  );
  const aside = role === 'leader' ? undefined : html`<span class="muted">${ROLES[role]}</span>`;
  return section('Schedules', body, aside === undefined ? {} : { aside });
}

/** A time with its zone: the schedule beside it has another. */
function utc(at: string | null, now: Date): Content {
  if (at === null) return html`<span class="muted">–</span>`;
  const date = new Date(at);
  return html`<time datetime="${at}">${stamp(date)} UTC <span class="rel">${relative(date, now)}</span></time>`;
}
