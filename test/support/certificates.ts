/** Makes certificates, good and bad ones, as nothing in Node does: X.509 written by hand. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** A certificate with its key; it can sign others. */
export interface Certified {
  readonly name: string;
  readonly key: KeyObject;
  /** Both as PEM. */
  readonly cert: string;
  readonly keyPem: string;
}

/** The fields of a certificate. */
export interface CertificateOptions {
  /** Host it is for; one without may sign others. */
  readonly host?: string;
  /** The certificate that vouches for it; itself by default. */
  readonly issuer?: Certified;
  readonly from?: Date;
  readonly until?: Date;
}

const DAY = 24 * 3_600_000;

export function certificate(name: string, options: CertificateOptions = {}): Certified {
  const { host, issuer } = options;
  const { from = new Date(Date.now() - DAY), until = new Date(Date.now() + DAY) } = options;
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const extension =
    host === undefined
      ? [oid('551d13'), der(0x04, der(0x30, der(0x01, Buffer.from([0xff]))))]
      : [oid('551d11'), der(0x04, der(0x30, der(0x82, Buffer.from(host))))];
  const algorithm = der(0x30, oid('2a8648ce3d040302'));
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    nameOf(issuer?.name ?? name),
    der(0x30, time(from), time(until)),
    nameOf(name),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, der(0x30, ...extension))),
  );
  const signature = sign('sha256', body, issuer?.key ?? pair.privateKey);
  const whole = der(0x30, body, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}/g, '$&\n');
  return {
    name,
    key: pair.privateKey,
    keyPem: String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}

/** A tagged value with its length in front. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const { length } = value;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function nameOf(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, Buffer.from(name)))));
}

/** `YYYYMMDDHHMMSSZ`. */
function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`));
}
