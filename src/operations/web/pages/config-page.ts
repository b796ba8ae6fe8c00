/** The settings in force. */
import { html } from 'hono/html';
import { count } from '../../../core/words.ts';
import { catalogue } from '../../../extractors/catalogue.ts';
import { selectedStreams } from '../data/selected-streams.ts';
import { configYaml } from '../data/settings-in-force.ts';
import type { ScheduleState } from '../service-control.ts';
import type { Visit } from '../site.ts';
import { empty, facts, section, time } from '../view/elements.ts';
import type { Page } from '../view/layout.ts';
import { table } from '../view/table.ts';

/** `GET /config` */
export async function configPage(visit: Visit): Promise<Page> {
  const { control } = visit.site;
  const { app } = control;
  const now = visit.site.now();
  const selected = new Set(selectedStreams(app).map(({ name }) => name));
  const left = catalogue.filter(({ name }) => !selected.has(name)).map(({ name }) => name);
  // The settings can be shown without a database, which schedules are kept in.
  const schedules = await control.schedules().catch(() => undefined);
  const { service } = app.config;
  return {
    title: 'Settings',
    place: '/config',
    lead:
      app.config.file === undefined
        ? 'Read from the environment and the defaults.'
        : html`Read from <code>${app.config.file}</code>, the environment and the defaults.`,
    body: html`<div class="headline">${facts([
      {
        name: 'Organization',
        value: html`<span class="mono small">${app.redact(app.config.sigma.baseUrl ?? 'not set')}</span>`,
      },
      {
        name: 'Streams',
        value: html`${count(selected.size)}<span class="of"> of ${count(catalogue.length)}</span>`,
      },
      { name: 'Exports', value: count(app.exports.length) },
      {
        name: 'This page',
        value: service.readOnly ? 'read-only' : 'can run and cancel',
        note: [service.password, service.viewerPassword, service.token].every(
          (secret) => secret === undefined,
        )
          ? 'this machine only'
          : 'with a password or token',
      },
    ])}</div>
${section(
  'Schedules',
  schedules === undefined
    ? empty('Schedules can’t be read now.', 'The database is out of reach.')
    : table<ScheduleState>(
        'Schedules',
        [
          { title: 'Schedule', isHead: true, cell: ({ name }) => name },
          { title: 'Runs', isWide: true, cell: ({ what }) => what },
          { title: 'When', cell: ({ cron }) => html`<code>${cron}</code>` },
          { title: 'Time zone', cell: ({ timeZone }) => timeZone },
          { title: 'Next run', cell: ({ nextTurn }) => time(nextTurn, now) },
        ],
        schedules,
        empty('No schedules.', html`Add some under <code>schedules:</code> in the settings.`),
      ),
)}
${section('Settings in force', html`<p class="muted">Passwords, tokens and keys are hidden, and so are addresses that contain one.</p><pre class="yaml" tabindex="0" role="region" aria-label="Settings as YAML"><code>${app.redact(configYaml(app.config))}</code></pre>`)}
${section(
  'Streams',
  html`<ul class="names">${[...selected].map((name) => html`<li><a href="/streams/${name}">${name}</a></li>`)}</ul>${
    left.length === 0
      ? ''
      : html`<h3>Not selected</h3><ul class="names">${left.map((name) => html`<li><a href="/streams/${name}">${name}</a></li>`)}</ul>`
  }`,
)}`,
  };
}
