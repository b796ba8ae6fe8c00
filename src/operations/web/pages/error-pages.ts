/** Pages for missing, forbidden and broken things. */
import { html } from 'hono/html';
import type { Html } from '../view/elements.ts';
import type { Page } from '../view/layout.ts';

/** 404. Never repeats the address: it is somebody else's text. */
export function notFound(what = 'There is no page at this address.'): Page {
  return message(404, 'Not found', html`<p>${what}</p><p>${HOME}</p>`);
}

/** 405 */
export function notAllowed(): Page {
  const what = 'This address does not accept this kind of request.';
  return message(405, 'Method not allowed', html`<p>${what}</p><p>${HOME}</p>`);
}

/** 500. `reason` is free of secrets. */
export function broken(reason: string): Page {
  const more = html`<p>Run with <code>--log-level debug</code> to log more. ${HOME}</p>`;
  return message(500, 'Something went wrong', html`<p class="error">${reason}</p>${more}`);
}

/** The page for a refused request. */
export function refused(status: number, title: string, reason: string): Page {
  return { ...message(status, title, html`<p class="error">${reason}</p><p>${HOME}</p>`), place: '/' };
}

const HOME = html`<a href="/">Go to the overview</a>`;

function message(status: number, title: string, body: Html): Page {
  return { title, place: '', status, body };
}
