/** Forms that do something. */
import { html } from 'hono/html';
import type { Visit } from '../site.ts';
import type { ActionName } from '../task.ts';
import { type Content, type Html, section } from '../view/elements.ts';

/** The hidden fields of each form: its subject, and the token of that. */
const hidden = ({ site }: Visit, action: ActionName, subject: string): Html =>
  html`<input type="hidden" name="subject" value="${subject}"><input type="hidden" name="token" value="${site.tokens.of(action, subject)}">`;

// Stable, so that the focus stays where it is when this part of the page is replaced.
const idOf = (action: ActionName, subject: string): string =>
  `${action}-${subject.replace(/[^a-zA-Z0-9_-]/g, '-')}`;

/** A button of its own form. */
export function actionForm(visit: Visit, action: 'run' | 'cancel', subject: string, text: string): Html {
  if (!visit.mayAct) return html``;
  return html`<form method="post" action="/actions/${action}">${hidden(visit, action, subject)}<button id="${idOf(action, subject)}" class="${action === 'run' ? 'primary' : 'danger'}">${text}<span class="sr"> ${subject}</span></button></form>`;
}

/** Something that is done once it was confirmed. */
export interface Ask {
  readonly action: ActionName;
  readonly subject: string;
  /** Opens it. */
  readonly title: string;
  /** Consequence and cost of the action. */
  readonly says: Content;
  /** Does it. */
  readonly button: string;
  /** Fields that it has besides. */
  readonly fields?: Content;
  readonly isOpen?: boolean;
  /** It can't be taken back. */
  readonly isGrave?: boolean;
}

/** Each opens where it stands, says what will happen, and is done by its button; who may not act reads why. */
export function asks(visit: Visit, all: readonly Ask[]): Content {
  if (visit.whyNot !== undefined) return html`<p class="muted">${visit.whyNot}</p>`;
  return html`<div class="asks">${all.map((ask) => oneAsk(visit, ask))}</div>`;
}

function oneAsk(visit: Visit, ask: Ask): Html {
  const { action, subject, title, says, button, fields, isOpen, isGrave } = ask;
  const kind = isGrave === true ? 'danger' : 'primary';
  // An export can be run as it is, and for a range.
  const id = `${idOf(action, subject)}${fields === undefined ? '' : '-with'}`;
  return html`<details class="ask"${isOpen === true ? ' open' : ''}><summary>${title}</summary><form method="post" action="/actions/${action}">${hidden(visit, action, subject)}<p>${says}</p>${fields === undefined ? '' : html`<div class="fields">${fields}</div>`}<button id="${id}" class="${kind}">${button}</button></form></details>`;
}

/** The same as a section of a page. */
export function actionsCard(visit: Visit, all: readonly Ask[]): Html {
  return section('Actions', asks(visit, all));
}
