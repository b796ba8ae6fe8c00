/** Makes the final schemas of a database that has none of ours, in one transaction: what all migrations come to there. */
import { fresh } from '../../migrations/fresh.generated.ts';
import { withNames } from '../../migrations/named.ts';
import { ensureSchema, inTransaction, runAll, type Session } from '../core/database/database.ts';
import { giveReplicaIdentity } from '../core/database/replica-identity.ts';
import { type Comments, commentStatements, markStatement } from './comments.ts';
import { LOG_TABLES, type Schemas } from './schemas.ts';

/** With comments, and with the names of the migrations as if each had been applied. @throws DatabaseError; then nothing was made. */
export async function makeFresh(session: Session, schemas: Schemas, comments: Comments): Promise<void> {
  await inTransaction(session, async () => {
    await ensureSchema(session, schemas.target);
    await ensureSchema(session, schemas.state);
    await runAll(
      session,
      fresh.map((statement) => withNames(statement, schemas)),
      'making the tables',
    );
    await runAll(session, [...commentStatements(comments), markStatement(schemas, comments)]);
    await giveReplicaIdentity(session, schemas.state, LOG_TABLES);
  });
}
