/** Stored answers that were made before privacy settings hid what is in them. */
import { hasTable, quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsBook } from './build.ts';
import { models } from './model-catalogue.ts';
import { materialInputs } from './refresh-models.ts';
import { PRIVACY_SIGN } from './signatures.ts';

/** Their names; none once all were refreshed under the settings that the tables comply with. @throws DatabaseError */
export async function staleAnswers(session: Session, schemas: Schemas): Promise<string[]> {
  if (!(await hasTable(session, schemas.state, 'analytics'))) return [];
  const rules = await session.query<{ stream: string; sign: string }>(
    `select p.stream, ${PRIVACY_SIGN} as sign from ${quoteTable(schemas.state, 'privacy')} p where p.rules <> '{}'`,
  );
  const answers = await session.query<{ model: string; signature: string; at: number }>(
    `select a.model, coalesce(a.signature, '') as signature, extract(epoch from a.refreshed_at)::float8 as at
       from ${analyticsBook(schemas)} a where a.kind = 'materialized' and a.refreshed_at is not null`,
  );
  const byName = new Map(models.map((model) => [model.name, model]));
  const hidden = new Map<string, number>();
  const stale: string[] = [];
  for (const { name } of models) {
    const model = byName.get(name);
    const answer = answers.find((one) => one.model === name);
    if (model === undefined || answer === undefined) continue;
    const inputs = materialInputs(model, byName);
    const ofStreams = rules.filter(({ stream }) => inputs.includes(stream));
    // Answers that hide something themselves hand it on once they are refreshed.
    const ofAnswers = inputs.flatMap((input) => hidden.get(input) ?? []);
    if (ofStreams.length + ofAnswers.length > 0) hidden.set(name, answer.at);
    const isStale =
      ofStreams.some(({ sign }) => !answer.signature.includes(sign)) ||
      ofAnswers.some((at) => at > answer.at) ||
      inputs.some((input) => stale.includes(input));
    if (isStale) stale.push(name);
  }
  return stale;
}
