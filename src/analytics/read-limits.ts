/** Facts that answers lack because of privacy settings, for check and digest. */
import { quoteTable, type Session } from '../core/database/database.ts';
import type { Schemas } from '../state/schemas.ts';
import { analyticsSchema } from './model.ts';
import { answerLimits } from './models/answer-limits.ts';

/** A hidden column, and the answers that it limits in the same way. */
export interface AnswerLimit {
  /** `members.email (drop)`. */
  readonly column: string;
  readonly answers: readonly string[];
  readonly effect: string;
}

/** By column; none where the answers were not built yet. @throws DatabaseError */
export async function readLimits(session: Session, schemas: Schemas): Promise<AnswerLimit[]> {
  const view = quoteTable(analyticsSchema(schemas), answerLimits.name);
  const [known] = await session.query<{ is: boolean }>('select to_regclass($1) is not null as is', [view]);
  if (known?.is !== true) return [];
  return session.query<{ column: string; answers: string[]; effect: string }>(
    `select l.stream || '.' || l.column_name || ' (' || l.rule || ')' as column,
            array_agg(l.model order by l.model) as answers, l.effect
       from ${view} l where l.rule is not null
      group by l.stream, l.column_name, l.rule, l.effect order by 1, 3`,
  );
}
