/**
 * Handles the forms of the page: each comes with a token of its action on its subject, and leads back to its page.
 */
import type { Context } from 'hono';
import { ConfigError, describeError, LockedError } from '../../core/errors.ts';
import { receiversNamed, testReceivers } from '../alerts/test-message.ts';
import { timeOf } from './address-parts.ts';
import { streamRows } from './data/read-streams.ts';
import type { Env } from './guard.ts';
import { refused } from './pages/error-pages.ts';
import type { Site } from './site.ts';
import type { ActionName } from './task.ts';
import { link } from './view/elements.ts';
import type { Page } from './view/layout.ts';

/** The page after a form: the place to return to, or the reason for a refusal. */
type Outcome = { readonly to: string } | { readonly page: Page };

type Deed = (site: Site, subject: string, form: URLSearchParams) => Promise<Outcome>;

/** By their names in the address. */
const DEEDS: Readonly<Record<ActionName, Deed>> = {
  async run({ control }, schedule) {
    await control.trigger(schedule);
    return { to: link('/', { done: 'run' }) };
  },
  async cancel({ control }, name) {
    if (control.cancel(name)) return { to: link('/', { done: 'cancel' }) };
    return { page: refused(409, 'Nothing to cancel', 'It has ended, or it runs in another process.') };
  },
  async sync({ control }, stream) {
    await control.ask({ kind: 'sync', stream, acceptsDeletions: false });
    return { to: `/streams/${encodeURIComponent(stream)}` };
  },
  async accept({ control, questions }, stream) {
    const row = await questions.ask(async (session, schemas) =>
      (await streamRows(session, schemas)).find((one) => one.stream === stream),
    );
    // The page may be an old one: what is missing by now was never held up.
    if (row.problem !== undefined)
      return { page: refused(503, 'Deletions not accepted', row.problem.reason) };
    if (row.value?.status !== 'deletion_guard')
      return {
        page: refused(409, 'Nothing to accept', `The deletion guard did not stop the last run of ${stream}.`),
      };
    await control.ask({ kind: 'sync', stream, acceptsDeletions: true });
    return { to: `/streams/${encodeURIComponent(stream)}` };
  },
  async export({ control }, name, form) {
    const [from, to] = [rangeEnd(form, 'from'), rangeEnd(form, 'to')];
    await control.ask({ kind: 'export', export: name, from, to });
    return { to: `/exports/${encodeURIComponent(name)}` };
  },
  async refresh({ control }) {
    await control.ask({ kind: 'refresh' });
    return { to: '/digest' };
  },
  async test({ control, tests, now }, receiver) {
    const { app } = control;
    for (const result of await testReceivers(app, receiversNamed(app.receivers, receiver)))
      tests.set(result.receiver, { ...result, at: now() });
    return { to: '/alerts' };
  },
};

const OLD_FORM =
  'The process has restarted, or another process made this form. Reload the page and try again.';

/** Does what a form asks for. */
export async function act(c: Context<Env>, site: Site, action: ActionName): Promise<Outcome> {
  const { control, tokens } = site;
  const form = new URLSearchParams(await c.req.text());
  const [subject, token] = [form.get('subject') ?? '', form.get('token') ?? ''];
  if (!tokens.check(token, action, subject)) return { page: refused(403, 'The form has expired', OLD_FORM) };
  try {
    return await DEEDS[action](site, subject, form);
  } catch (error) {
    const reason = control.app.redact(describeError(error));
    if (error instanceof LockedError) return { page: refused(409, 'Already running', reason) };
    if (error instanceof ConfigError)
      return {
        page:
          action === 'run'
            ? refused(404, 'No such schedule', reason)
            : refused(422, 'This action is not possible', reason),
      };
    throw error;
  }
}

/** An end of a range. @throws ConfigError where it is no time */
function rangeEnd(form: URLSearchParams, name: 'from' | 'to'): Date | undefined {
  const text = (form.get(name) ?? '').trim();
  if (text === '') return undefined;
  const time = timeOf(text);
  if (time === undefined)
    throw new ConfigError(`“${name}” must be a time such as 2026-03-02 or 2026-03-02 06:00, in UTC.`);
  return time;
}
