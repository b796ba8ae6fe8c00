/** The digest of the last days, and where the objects that it names have their pages. */

import { analyticsSchema } from '../../../../analytics/model.ts';
import { reportOf } from '../../../../analytics/report/ask-digest.ts';
import type { Report } from '../../../../analytics/report/digest.ts';
import type { Config } from '../../../../config/schema.ts';
import { quoteTable } from '../../../../core/database/database.ts';
import { watchedStreams } from '../../../freshness/watch-list.ts';
import { type Answer, type Questions, STATEMENT_MS } from '../ask.ts';
import { whereAnswered } from './statement.ts';

/** See {@link askDigest}. */
export interface Digest {
  readonly report: Report;
  /** Types of the objects found under its ids. */
  readonly types: ReadonlyMap<string, string>;
}

const DAY_MS = 86_400_000;

/** @returns undefined where there are no answers yet. */
export function askDigest(
  questions: Questions,
  { config, to, days }: { readonly config: Config; readonly to: Date; readonly days: number },
): Promise<Answer<Digest | undefined>> {
  const from = new Date(to.getTime() - days * DAY_MS);
  return questions.askDatabase((database, schemas) =>
    whereAnswered(async () => {
      const watched = watchedStreams(config, to);
      const report = await reportOf(database, { schemas, from, to, watched, limitMs: STATEMENT_MS });
      const names = quoteTable(analyticsSchema(schemas), 'object_names');
      const rows = await database.session((session) =>
        session.query<{ id: string; type: string }>(
          `select n.id, n.type from ${names} n where n.id = any($1::text[])`,
          [[...idsIn(report)]],
        ),
      );
      return { report, types: new Map(rows.map(({ id, type }) => [id, type])) };
    }),
  );
}

/** The ids of everything that is named, wherever it stands. */
function idsIn(value: unknown): Set<string> {
  const found = new Set<string>();
  const visit = (one: unknown): void => {
    if (typeof one !== 'object' || one === null) return;
    if ('id' in one && typeof one.id === 'string') found.add(one.id);
    for (const inner of Object.values(one)) visit(inner);
  };
  visit(value);
  return found;
}
