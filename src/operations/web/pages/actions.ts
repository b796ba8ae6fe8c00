/** Forms that do something. */
import { html } from 'hono/html';
import type { Visit } from '../site.ts';
import type { Html } from '../view/elements.ts';

/** A button of its own form. `subject` is the schedule. */
export function actionForm(visit: Visit, action: 'run' | 'cancel', subject: string, text: string): Html {
  if (!visit.mayAct) return html``;
  // Stable, so that the focus stays where it is when this part of the page is replaced.
  const id = `${action}-${subject.replace(/[^a-zA-Z0-9_-]/g, '-')}`;
  return html`<form method="post" action="/actions/${action}"><input type="hidden" name="schedule" value="${subject}"><input type="hidden" name="token" value="${visit.site.tokens.of(action, subject)}"><button id="${id}" class="${action === 'run' ? 'primary' : 'danger'}">${text}<span class="sr"> ${subject}</span></button></form>`;
}
