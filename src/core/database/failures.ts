/**
 * The table of what Postgres can answer, by SQLSTATE: what it means, whether it passes, and what to do. Together with
 * connection-failures.ts it is the one place for that, so that no error goes without advice that fits it.
 */
import {
  BROKEN,
  type Failure,
  FULL,
  inSettings,
  lasting,
  NO_CONNECTION,
  NO_POOLER,
  ours,
  passing,
} from './failure.ts';

const CHANGED =
  'Undo the change made by hand: sigma-sync must be able to change its own tables. Keep your own objects in another schema.';

/** SQLSTATEs: five characters, or the two of their class. */
export const STATES: Readonly<Record<string, Failure>> = {
  // Connecting.
  '08': BROKEN,
  '08001': BROKEN,
  '08004': lasting(
    'The database server refused the connection',
    'Its log says why; check host and user of DATABASE_URL.',
  ),
  '08P01': lasting('The database, or a pooler in front of it, rejected a message', NO_POOLER),
  '0P000': lasting('A role does not exist', 'Correct the role in DATABASE_URL or in its options.'),
  '28000': inSettings('The database refused the login', 'Check user, host and pg_hba rules of DATABASE_URL.'),
  '28P01': inSettings('The database refused the password', 'Correct the password in DATABASE_URL.'),
  '3D000': inSettings('The database does not exist', 'Create it (createdb NAME) or correct DATABASE_URL.'),
  '53300': NO_CONNECTION,
  '57P01': passing('The database server closed the connection (shutdown)'),
  '57P02': passing('The database server crashed'),
  '57P03': passing('The database server is starting up'),
  '57P04': lasting('The database was dropped', 'Create it again, or correct DATABASE_URL.'),
  '57P05': passing(
    'The database ended an idle connection',
    'Raise idle_session_timeout of the role if that happens often.',
  ),
  // Locks of others, and limits.
  '25P03': lasting(
    'The database ended a transaction that was idle for too long',
    'Raise idle_in_transaction_session_timeout of the role.',
  ),
  '25P04': lasting(
    'The database ended a transaction that took too long',
    'Raise transaction_timeout of the role.',
  ),
  '40': passing('The transaction collided with another one'),
  '40001': passing('The transaction collided with another one'),
  '40P01': passing('Two transactions waited for each other'),
  '55006': passing('Another session is using an object that must change'),
  '55P03': passing(
    'Another session holds a lock for too long',
    'Find it in pg_stat_activity (pg_blocking_pids) and end it, or wait until it ends. lock_timeout of the role limits the wait.',
  ),
  '57014': lasting(
    'The database cancelled the statement',
    'Raise statement_timeout of the role if that ended it.',
  ),
  '53': passing('The database server ran out of a resource'),
  '53100': lasting('The database server ran out of disk space', FULL),
  '53200': passing('The database server ran out of memory', 'Give it more if that happens often.'),
  '53400': lasting(
    'A limit of the database server was reached',
    'Raise the limit that the message names, such as temp_file_limit.',
  ),
  '54': lasting(
    'A limit of Postgres was reached',
    'Load fewer or smaller columns, for instance by hiding wide ones of the element in Sigma.',
  ),
  '54000': lasting(
    'A value or a row is larger than Postgres can store',
    'Load fewer or smaller columns, for instance by hiding wide ones of the element in Sigma.',
  ),
  '54011': lasting(
    'A table would have more columns than Postgres can hold',
    'Load fewer columns, for instance by hiding some of the element in Sigma.',
  ),
  // Rights, and places that are not to be written.
  '25': ours('A transaction was not in the state that the statement needs'),
  '25006': lasting(
    'The database is read-only',
    'Point DATABASE_URL at the primary server if this is a standby; else turn off default_transaction_read_only of role or database. "sigma-sync check" says which applies.',
  ),
  '42501': lasting(
    'The database user lacks a right',
    'Use the user that owns the schemas, or, if they don\'t exist yet, grant this one CREATE and TEMPORARY on the database. "sigma-sync check" says which applies. For "sigma-sync roles create" use a user with CREATEROLE.',
  ),
  // Tables that are not as they were made.
  '23': lasting('A constraint that was added by hand refuses rows', CHANGED),
  '23502': lasting(
    'A column that was added by hand requires a value in each row',
    'Give it a default, or let it be null (alter table … alter column … drop not null).',
  ),
  '23503': lasting(
    'A foreign key that was added by hand refuses a change',
    'Drop it, or let it follow (on delete cascade, on update cascade); joins need no foreign key.',
  ),
  '23505': lasting(
    'A unique index that was added by hand refuses rows',
    'Drop the index: Sigma has such rows. If nobody added an index, please report the message.',
  ),
  '23514': lasting(
    'A check that was added by hand refuses rows',
    'Drop the constraint, or validate in a view.',
  ),
  '2BP01': lasting(
    'An object that someone else created depends on one that must change',
    'Drop it, run the command, and create it again.',
  ),
  '3F000': lasting('A schema is missing', 'Run "sigma-sync migrate"; it creates missing schemas if it may.'),
  '42': lasting('A table is not as sigma-sync created it', CHANGED),
  '42601': ours('A statement was not well formed'),
  '42701': lasting(
    'A column of that name was added by hand and is in the way',
    'Rename or drop it (alter table … rename column …), and keep columns of your own in a view or a table of your own.',
  ),
  '42703': lasting(
    'A column of sigma-sync is missing',
    'Somebody dropped or renamed it: restore it under its old name.',
  ),
  '42704': lasting(
    'A named object does not exist',
    'Correct the options in DATABASE_URL if the message names a parameter or a role; else restore the dropped object.',
  ),
  '42710': lasting(
    'Another object with that name is in the way',
    'Rename it, or set database.schema to another name.',
  ),
  '42723': lasting(
    'A function of that name is in the way',
    'Rename it, or set database.schema to another name.',
  ),
  '42804': lasting("A column's type was changed by hand", CHANGED),
  '42809': lasting(
    "An object that is not an ordinary table has the name of one of sigma-sync's tables",
    'Rename the view or foreign table that the message names, or set database.schema (exports: table) to another name.',
  ),
  '42P01': lasting(
    'A table of sigma-sync is missing',
    'Somebody dropped or renamed it: rename it back or restore it, or drop both schemas for a first sync.',
  ),
  '42P07': lasting(
    'Another object with that name is in the way',
    'Rename the table, view or index that the message names, or set database.schema to another name.',
  ),
  '42P16': lasting('A view or table was changed by hand', CHANGED),
  '44': lasting('A view refuses rows', CHANGED),
  '55': lasting('An object is not in the state that the statement needs', CHANGED),
  '55000': lasting(
    'An object is not in the state that the statement needs',
    'If the message names a replica identity: alter table … replica identity full. A table of sigma-sync gets it from "sigma-sync migrate".',
  ),
  '09': lasting('A trigger that was added by hand failed', 'Mend or drop the trigger.'),
  '27': lasting('A trigger that was added by hand changes the rows of a running change', 'Mend or drop it.'),
  '38': lasting('A function that was added by hand failed', 'Mend or drop the trigger that calls it.'),
  '39': lasting('A function that was added by hand failed', 'Mend or drop the trigger that calls it.'),
  P0: lasting(
    'A trigger or function that was added by hand refused',
    'Its message says why; mend or drop it.',
  ),
  // Values, features, and the server itself.
  '0A': lasting(
    'The database can not do that',
    'Use PostgreSQL 13 or newer; if the message names a view, drop it, run the command, and create it again.',
  ),
  '22': ours('The database does not accept a value'),
  '22021': inSettings(
    'A text is not valid in the encoding of the database',
    'Use a database in UTF8 (createdb --encoding=UTF8 --template=template0 NAME).',
  ),
  '22023': lasting(
    'The database does not accept the value of a parameter',
    'Correct the options in DATABASE_URL, or the setting of the role that the message names.',
  ),
  '22P05': inSettings(
    'The encoding of the database lacks a character',
    'Use a database in UTF8 (createdb --encoding=UTF8 --template=template0 NAME).',
  ),
  '26': lasting('The session lost its prepared statement', NO_POOLER),
  '58': lasting('The database server has trouble with its files', 'Look into its log; check its disk.'),
  F0: lasting('The settings of the database server are broken', 'Look into its log.'),
  XX: lasting('The database server had an internal error', 'Look into its log.'),
  XX001: lasting('A table of the database is damaged', "Look into the server's log; restore a backup."),
  XX002: lasting('An index of the database is damaged', 'Rebuild it (reindex), and check the disk.'),
};
