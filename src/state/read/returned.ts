/** People who were forgotten and are back: Sigma still has them. */
import { hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../schemas.ts';

/** How many members there are again who were forgotten. @throws DatabaseError */
export async function returnedMembers(session: Session, { target, state }: Schemas): Promise<number> {
  // Whoever looks before the next migration finds no such table.
  if (!(await hasTable(session, state, 'forgotten'))) return 0;
  const [row] = await session.query<{ n: number }>(
    `select count(*)::integer as n from ${quoteTable(target, 'members')} m
       join ${quoteTable(state, 'forgotten')} f on f.member = encode(sha256(convert_to(m.member_id, 'UTF8')), 'hex')`,
  );
  return row?.n ?? 0;
}
