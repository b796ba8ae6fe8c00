/** The table of what a database can answer: nothing without advice, and no advice that can't help. */
import { describe, expect, it } from 'vitest';
import {
  BAD_HANDSHAKE,
  CODES,
  NO_SOCKET,
  UNKNOWN,
  WORDS,
} from '../../src/core/database/connection-failures.ts';
import { failureOf, isScarce, toDatabaseError } from '../../src/core/database/database-error.ts';
import type { Failure } from '../../src/core/database/failure.ts';
import { STATES } from '../../src/core/database/failures.ts';
import type { DatabaseError } from '../../src/core/errors.ts';
import { CERTIFICATE_CODES } from '../../src/core/network.ts';

const ALL: readonly (readonly [name: string, failure: Failure])[] = [
  ...Object.entries(STATES),
  ...Object.entries(CODES),
  ...WORDS.map(([words, failure]) => [String(words), failure] as const),
  ['a socket', NO_SOCKET],
  ['a handshake', BAD_HANDSHAKE],
  ['anything else', UNKNOWN],
];

const AGAIN = /run the same command again/;

describe('every failure of the table', () => {
  it.each(ALL)('%s has a message and advice of its class', (_, { kind, message, advice, inSettings }) => {
    expect(message).toMatch(/^[A-Z][^.]*[^.\s]$/);
    expect(advice).toMatch(/^[A-Z].*\.$/s);
    if (kind === 'passing') expect(advice).toMatch(AGAIN);
    // Only once somebody has done something.
    if (kind === 'lasting') expect(advice).not.toMatch(/^(Nothing was half-loaded[^.]*; )?run the same/);
    if (kind === 'ours') expect(advice).toMatch(/bug in sigma-sync: please report/);
    if (inSettings === true) expect(kind).toBe('lasting');
  });
});

function thrown(code: string, message = 'what it said'): Error {
  return Object.assign(new Error(message), { code });
}

/** Classes of PostgreSQL, appendix A of its documentation, but for those of success and of a client's own mistakes. */
const CLASSES = [
  ...[
    '08',
    '09',
    '0A',
    '0P',
    '22',
    '23',
    '25',
    '26',
    '27',
    '28',
    '2B',
    '38',
    '39',
    '3D',
    '3F',
    '40',
    '42',
    '44',
  ],
  ...['53', '54', '55', '57', '58', 'F0', 'P0', 'XX'],
];

describe('what Postgres answers', () => {
  it.each(['40001', '40P01', '53300', '57P01', '57P02', '57P03', '57P05', '08006', '55P03'])(
    '%s passes',
    (code) => expect(failureOf(thrown(code)).kind).toBe('passing'),
  );

  it.each([
    '28P01',
    '3D000',
    '42501',
    '42701',
    '23503',
    '42P07',
    '42809',
    '25006',
    '22021',
    '57014',
    'P0001',
  ])('%s lasts', (code) => {
    const error = toDatabaseError(thrown(code), 'trying') as DatabaseError;
    expect(error.kind).toBe('lasting');
    expect(error.advice).not.toMatch(/; run the same command again/);
  });

  it('has an answer to every class that it can come with', () => {
    const unknown = CLASSES.filter(
      (start) => STATES[start] === undefined && !Object.keys(STATES).some((code) => code.startsWith(start)),
    );
    expect(unknown).toEqual([]);
  });

  it('tells who is out of connections, whoever says it', () => {
    for (const [code, message] of [
      ['53300', 'sorry, too many clients already'],
      ['53300', 'too many connections for role "few"'],
      ['08P01', 'query_wait_timeout'],
      ['08P01', 'no more connections allowed (max_client_conn)'],
      ['XX000', 'MaxClientsInSessionMode: max clients reached'],
    ] as const)
      expect([message, isScarce(toDatabaseError(thrown(code, message), 'connecting'))]).toEqual([
        message,
        true,
      ]);
    expect(isScarce(thrown('57P03'))).toBe(false);
  });

  it('knows a pooler by its words', () => {
    const advice = (message: string): string => failureOf(thrown('08P01', message)).advice;
    expect(advice('unsupported startup parameter: options')).toContain('ignore_startup_parameters');
    expect(advice('no such database: nowhere')).toContain('Correct user and database');
    expect(advice('something else')).toContain('pool_mode is session');
  });
});

describe('what a connection answers', () => {
  it.each([
    ...CERTIFICATE_CODES,
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
    'ERR_OSSL_EVP_UNSUPPORTED',
  ])('%s is of TLS, with advice of its own', (code) => {
    const { kind, advice, inSettings } = failureOf(thrown(code));
    expect([kind, inSettings]).toEqual(['lasting', true]);
    expect(advice).not.toMatch(AGAIN);
  });

  it.each([
    'SELF_SIGNED_CERT_IN_CHAIN',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  ])('%s names three ways out', (code) => {
    for (const way of ['sslrootcert=', 'uselibpqcompat=true', 'NODE_EXTRA_CA_CERTS'])
      expect(failureOf(thrown(code)).advice).toContain(way);
  });

  it('finds the cause within what wraps it', () => {
    const several = new AggregateError([thrown('ECONNREFUSED', 'connect ECONNREFUSED ::1:5432')], '');
    const error = toDatabaseError(several, 'connecting to localhost:5432/d');
    expect(error.message).toBe(
      'No database server answers there while connecting to localhost:5432/d: connect ECONNREFUSED ::1:5432.',
    );
  });

  it('tells a socket from a folder', () => {
    const refused = Object.assign(thrown('ENOENT'), { syscall: 'connect' });
    expect(failureOf(refused)).toBe(NO_SOCKET);
    expect(failureOf(thrown('EACCES')).message).toContain('folder of the embedded database');
  });

  it.each(['client password must be a string', 'client password must be a non-empty string'])(
    'says that there is no password: %s',
    (said) => {
      const error = new Error(`SASL: SCRAM-SERVER-FIRST-MESSAGE: ${said}`);
      expect(toDatabaseError(error, 'connecting').message).toMatch(/^DATABASE_URL has no password/);
    },
  );

  it('says where encryption is missing', () => {
    const refused = thrown(
      '28000',
      'no pg_hba.conf entry for host "10.0.0.1", user "u", database "d", no encryption',
    );
    expect(failureOf(refused).advice).toContain('sslmode=verify-full');
    expect(failureOf(thrown('28000', 'role "u" is not permitted to log in')).advice).toContain('pg_hba');
  });
});
