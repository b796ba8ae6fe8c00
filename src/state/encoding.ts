/** The encoding of a database: it must be able to keep what Sigma sends, and our own comments. */
import type { Session } from '../core/database/database.ts';
import { DatabaseError } from '../core/errors.ts';

/** A database that can't keep every text. */
export interface EncodingProblem {
  readonly error: DatabaseError;
  /** True where texts are kept as they come: what looks into them does not know their letters, but nothing fails. */
  readonly isBearable: boolean;
}

/** Undefined where it can keep every text. @throws DatabaseError */
export async function encodingProblem(session: Session): Promise<EncodingProblem | undefined> {
  const [row] = await session.query<{ encoding: string; name: string }>(
    'select getdatabaseencoding() as encoding, current_database() as name',
  );
  if (row === undefined || row.encoding === 'UTF8') return undefined;
  const isBearable = row.encoding === 'SQL_ASCII';
  const lacks = isBearable ? 'stores only the letters of English' : "can't keep every text that Sigma sends";
  const error = new DatabaseError(`The database ${row.name} is in ${row.encoding} and ${lacks}.`, {
    advice:
      'The encoding of a database is fixed. Create another with "createdb --encoding=UTF8 --template=template0 NAME", and set DATABASE_URL to it.',
    inSettings: true,
  });
  return { error, isBearable };
}
