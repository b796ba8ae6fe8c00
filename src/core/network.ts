/** The meaning of network failures, and the hosts that are this machine: the same for the API, alerts and mail. */

/** Why there is no answer: nobody listens, no such name, no trust, no time, or anything else. */
export type NetworkFailure = 'refused' | 'dns' | 'tls' | 'timeout' | 'broken';

/** OpenSSL's verdicts on a certificate, as Node names them (its documentation: X509 certificate error codes). */
export const CERTIFICATE_CODES: ReadonlySet<string> = new Set([
  ...['UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ...['DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'CERT_CHAIN_TOO_LONG', 'CERT_UNTRUSTED'],
  ...['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'CERT_REVOKED', 'CERT_REJECTED', 'CERT_SIGNATURE_FAILURE'],
  ...['UNABLE_TO_GET_CRL', 'CRL_HAS_EXPIRED', 'CRL_NOT_YET_VALID', 'CRL_SIGNATURE_FAILURE'],
  ...['UNABLE_TO_DECRYPT_CERT_SIGNATURE', 'UNABLE_TO_DECRYPT_CRL_SIGNATURE'],
  ...['UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY', 'INVALID_CA', 'INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED'],
  ...['ERROR_IN_CERT_NOT_BEFORE_FIELD', 'ERROR_IN_CERT_NOT_AFTER_FIELD', 'HOSTNAME_MISMATCH'],
  ...['ERROR_IN_CRL_LAST_UPDATE_FIELD', 'ERROR_IN_CRL_NEXT_UPDATE_FIELD'],
  // For every verdict that Node has no name for, a weak key among them.
  'UNSPECIFIED',
]);

/** Node's own errors of TLS, OpenSSL's of a handshake, and a proxy whose certificate is another's. */
const TLS_CODE = /^ERR_(TLS|SSL|OSSL)_|^UND_ERR_PRX_TLS$/;

/** Classifies an error of Node or undici. */
export function networkFailure(error: unknown): NetworkFailure {
  const code = codeOf(error);
  if (code === 'ECONNREFUSED') return 'refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return 'timeout';
  // A signal of ours that ran out.
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout';
  return CERTIFICATE_CODES.has(code) || TLS_CODE.test(code) ? 'tls' : 'broken';
}

/** Code of an error, or of what caused it: of the system, of a library, or SQLSTATE. Empty where there is none. */
export function codeOf(error: unknown): string {
  for (let e = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code;
    if (e instanceof AggregateError && e.errors[0] instanceof Error) return codeOf(e.errors[0]);
  }
  return '';
}

/**
 * True where only this machine can reach the address. The URL parser has already turned `127.1` and the like into four
 * numbers.
 */
export function isLoopback(host: string): boolean {
  const plain = withoutBrackets(host.toLowerCase());
  return plain === 'localhost' || plain === '::1' || /^127(\.\d{1,3}){3}$/.test(plain);
}

/**
 * True for the usual names of this machine. The rest of the loopback network is more often lent to something else, a
 * tunnel or a container: what is sent there is treated as if it left the machine.
 */
export function isLocalhost(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1'].includes(withoutBrackets(host));
}

/** The host as sockets take it: URLs have addresses of IPv6 in brackets. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
