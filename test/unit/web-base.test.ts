/** Addresses of a site that stands under a path of its own. */
import { html } from 'hono/html';
import { expect, it } from 'vitest';
import { pageUnder } from '../../src/operations/web/base.ts';

const under = (markup: unknown): string => pageUnder('/o/acme', String(markup));

it.each([
  ['<a href="/">', '<a href="/o/acme/">'],
  ['<a class="x" href="/runs/1?a=1&amp;b=2#c">', '<a class="x" href="/o/acme/runs/1?a=1&amp;b=2#c">'],
  ['<form method="post" action="/actions/run">', '<form method="post" action="/o/acme/actions/run">'],
  ['<script src="/assets/find.js?v=1" defer>', '<script src="/o/acme/assets/find.js?v=1" defer>'],
  ['<div data-live-path="/live">', '<div data-live-path="/o/acme/live">'],
  ['<a href="/a"><b></b></a><a href="/b">', '<a href="/o/acme/a"><b></b></a><a href="/o/acme/b">'],
])('%s gets the base', (markup, wanted) => {
  expect(under(markup)).toBe(wanted);
  expect(pageUnder('', markup)).toBe(markup);
});

it.each([
  '<a href="#main">',
  '<a href="https://example.com/">',
  '<a data-out href="/">',
  '<p>href /runs</p>',
])('%s stays as it is', (markup) => expect(under(markup)).toBe(markup));

it('text of others is never taken for markup of ours', () => {
  const text = ' href="/runs" action="/x"';
  const markup = String(html`<p title="${text}">${text}</p>`);
  expect(under(markup)).toBe(markup);
});
