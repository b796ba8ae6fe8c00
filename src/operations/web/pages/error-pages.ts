/** What is not there, not allowed, or broken. */
import { html } from 'hono/html';
import type { Page } from '../view/layout.ts';

/** 404. Never repeats the address: it is somebody else's text. */
export function notFound(what = 'There is no page at this address.'): Page {
  return {
    title: 'Not found',
    place: '',
    status: 404,
    body: html`<p>${what}</p><p><a href="/">To the overview</a></p>`,
  };
}

/** 405 */
export function notAllowed(): Page {
  return {
    title: 'Not possible here',
    place: '',
    status: 405,
    body: html`<p>This address does not take requests of this kind.</p><p><a href="/">To the overview</a></p>`,
  };
}

/** 500. `reason` is free of secrets. */
export function broken(reason: string): Page {
  return {
    title: 'Something went wrong',
    place: '',
    status: 500,
    body: html`<p class="error">${reason}</p><p>The log has more with <code>--log-level debug</code>. <a href="/">To the overview</a></p>`,
  };
}

/** What was asked for was not done. */
export function refused(status: number, title: string, reason: string): Page {
  return {
    title,
    place: '/',
    status,
    body: html`<p class="error">${reason}</p><p><a href="/">To the overview</a></p>`,
  };
}
