/** The table of what a connection can answer: the system, DNS, TLS, and what drivers and poolers say in words. */
import { CERTIFICATE_CODES } from '../network.ts';
import { BROKEN, type Failure, FULL, inSettings, KEPT, lasting, NO_CONNECTION, passing } from './failure.ts';

const NOT_WRITABLE = lasting(
  'The folder of the embedded database is not writable',
  'Set database.directory (SIGMA_SYNC_DIRECTORY) to a folder you may write to.',
);
const UNTRUSTED = inSettings(
  'The certificate of the database server is not signed by an authority that this machine trusts',
  "Trust its authority: add sslrootcert=FILE with the CA's certificate to DATABASE_URL, or let NODE_EXTRA_CA_CERTS name that file; or encrypt without verifying the server, as psql does: add uselibpqcompat=true to DATABASE_URL (docs/databases.md).",
);
const BAD_CERTIFICATE = inSettings(
  "The certificate of the database server, or the list of revoked ones, can't be used",
  'Give the server a valid certificate; docs/databases.md has a section about TLS.',
);

/** Codes of the system and of TLS. */
export const CODES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: lasting(
    'No database server answers there',
    'Check host and port in DATABASE_URL and that the server runs; without DATABASE_URL the embedded database is used.',
  ),
  ENOTFOUND: lasting('The database host name does not resolve', 'Correct the host in DATABASE_URL.'),
  EAI_AGAIN: passing(
    'The database host name does not resolve',
    'The name server does not answer: check the network and the host in DATABASE_URL.',
  ),
  ETIMEDOUT: lasting('The database does not answer', 'Check host, port and firewall of DATABASE_URL.'),
  EHOSTUNREACH: lasting(
    'There is no network route to the database server',
    "Check network and firewall. A machine without IPv6 can't reach a host that has only IPv6 (docs/databases.md).",
  ),
  ENETUNREACH: lasting(
    'There is no network route to the database server',
    "Check network and firewall. A machine without IPv6 can't reach a host that has only IPv6 (docs/databases.md).",
  ),
  ECONNRESET: BROKEN,
  ECONNABORTED: BROKEN,
  EPIPE: BROKEN,
  ENOSPC: lasting('The disk of the embedded database is full', FULL),
  EACCES: NOT_WRITABLE,
  ENOTDIR: NOT_WRITABLE,
  EEXIST: NOT_WRITABLE,
  EROFS: NOT_WRITABLE,
  EPERM: NOT_WRITABLE,
  ...Object.fromEntries([...CERTIFICATE_CODES].map((code) => [code, BAD_CERTIFICATE])),
  ...Object.fromEntries(
    [
      ...['SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_UNTRUSTED', 'INVALID_CA'],
    ].map((code) => [code, UNTRUSTED]),
  ),
  ERR_TLS_CERT_ALTNAME_INVALID: inSettings(
    'The certificate of the database server is for another name',
    'Use the host name in the certificate. Or verify the authority alone, as psql does: add sslmode=verify-ca, sslrootcert=FILE and uselibpqcompat=true to DATABASE_URL.',
  ),
  CERT_HAS_EXPIRED: inSettings(
    'The certificate of the database server has expired',
    "Renew it, and check this machine's clock.",
  ),
  CERT_NOT_YET_VALID: inSettings(
    'The certificate of the database server is not valid yet',
    "Check this machine's clock, and the certificate.",
  ),
};

/** Failures that a driver or a pooler tells in words alone. */
export const WORDS: readonly (readonly [words: RegExp, failure: Failure])[] = [
  [
    /password must be a (?:non-empty )?string|no password supplied/i,
    inSettings(
      'DATABASE_URL has no password',
      'Write it after the user name and a colon, set PGPASSWORD, or add a line to ~/.pgpass.',
    ),
  ],
  [
    /no encryption|SSL off|SSL (?:connection )?is required|connection is insecure|requires? (?:SSL|TLS)/i,
    inSettings(
      'The database server refuses unencrypted connections',
      'Add sslmode=verify-full to DATABASE_URL (docs/databases.md has a section about TLS).',
    ),
  ],
  [
    /server does not support SSL/i,
    inSettings(
      'The database server knows no TLS',
      'Remove sslmode from DATABASE_URL, or turn TLS on at the server.',
    ),
  ],
  [
    /error establishing an SSL connection/i,
    inSettings(
      'The server at this address is not a database server with TLS',
      'Check host and port in DATABASE_URL.',
    ),
  ],
  [
    /unsupported startup parameter/i,
    inSettings(
      'The pooler does not accept a parameter of DATABASE_URL',
      'Remove it there, or add it to ignore_startup_parameters of the pooler.',
    ),
  ],
  [
    /query_wait_timeout|no more connections allowed|max_client_conn|max ?clients|too many (?:clients|connections)/i,
    NO_CONNECTION,
  ],
  [
    /no such (?:database|user)|tenant or user not found/i,
    inSettings('The pooler knows no such database or user', 'Correct user and database in DATABASE_URL.'),
  ],
  [
    /SASL authentication failed|server login failed/i,
    inSettings('The pooler refused the login', 'Correct user and password in DATABASE_URL.'),
  ],
  [/no space left|could not extend file/i, lasting('The database server ran out of disk space', FULL)],
  [
    /timeout exceeded when trying to connect|timeout expired|connection timeout/i,
    lasting('The database does not answer', 'Check host, port and firewall of DATABASE_URL.'),
  ],
  [/Connection terminated|not queryable|client_idle_timeout|server conn crashed|socket hang up/i, BROKEN],
];

/** A socket file that is not there, or not ours to use. */
export const NO_SOCKET = lasting(
  'No database server answers at that socket',
  'Check the folder in host= of DATABASE_URL, that the server runs, and that this user may use its socket.',
);

/** A handshake that failed for another reason than the certificate. */
export const BAD_HANDSHAKE = inSettings(
  'The TLS handshake with the database server failed',
  'Check that both speak TLS 1.2 or newer, and that host and port of DATABASE_URL are those of Postgres (docs/databases.md).',
);

/** Anything that the table lacks. */
export const UNKNOWN = lasting(
  'The database failed',
  `${KEPT}. The log of the database server may say more. If it doesn't help, please report the whole message.`,
);
