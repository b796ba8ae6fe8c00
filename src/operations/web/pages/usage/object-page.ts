/** The page of one object, whose id stands in the address. */

import type { Asker } from '../../../../analytics/asker.ts';
import { isId } from '../../address-parts.ts';
import type { Visit } from '../../site.ts';
import type { Page } from '../../view/layout.ts';
import { type UsagePage, type UsageParts, usagePage } from '../../view/usage-elements.ts';
import { notFound } from '../error-pages.ts';

/** A page of one object before it is known whether the object exists. */
export interface ObjectPage<T> extends Pick<UsagePage<T>, 'title' | 'nav' | 'crumbs'> {
  /** True for an id that such an object can have; default: {@link isId}. */
  readonly isKnown?: (id: string) => boolean;
  /** Said if there is no such object. */
  readonly missing: string;
  /** @returns undefined if there is no such object. */
  ask(asker: Asker, id: string): Promise<T | undefined>;
  show(id: string, value: T, parts: UsageParts): ReturnType<UsagePage<T>['show']>;
}

/** Asks and shows, or says that there is no such object. */
export async function objectPage<T>(
  visit: Visit,
  { isKnown = isId, missing, ask, show, ...frame }: ObjectPage<T>,
): Promise<Page> {
  const id = visit.param('id');
  if (!isKnown(id)) return notFound();
  return usagePage<T | undefined>(visit, {
    ...frame,
    ask: (asker) => ask(asker, id),
    show: (value, parts) => (value === undefined ? notFound(missing) : show(id, value, parts)),
  });
}
