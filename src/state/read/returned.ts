/** People who were forgotten and are back: Sigma still has them. */
import { hasTable, quoteTable, type Session } from '../../core/database/database.ts';
import type { Schemas } from '../schemas.ts';

/** Number of forgotten members who are back. @throws DatabaseError */
export async function returnedMembers(session: Session, { target, state }: Schemas): Promise<number> {
  // Before the next migration this table does not exist.
  if (!(await hasTable(session, state, 'forgotten'))) return 0;
  const [row] = await session.query<{ n: number }>(
    `select count(*)::integer as n from ${quoteTable(target, 'members')} m
       join ${quoteTable(state, 'forgotten')} f on f.member = encode(sha256(convert_to(m.member_id, 'UTF8')), 'hex')`,
  );
  return row?.n ?? 0;
}
