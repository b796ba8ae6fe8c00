/**
 * Slows down guesses of a password, without shutting out people who have the right one. Remembers a bounded number.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Failures that cost nothing: people mistype. */
const FREE = 5;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** After so long without a failure the count of an address starts at zero. */
const FORGET_MS = 15 * 60_000;
const MOST_RECORDS = 1000;
/** A request that comes too soon is kept waiting for so long at most; then it is looked at. */
const LONGEST_HOLD_MS = 5000;

/** As what a request comes: mistakes with one are none with another. */
export type Claim = 'person' | 'viewer' | 'program' | 'nobody';

interface Failures {
  failures: number;
  last: number;
  until: number;
}

/** Failures by claim and address; times are milliseconds. */
export class Attempts {
  readonly #records = new Map<string, Failures>();
  readonly #held = new Set<string>();

  /** Milliseconds for which nothing from this address is looked at; 0 where it may try. */
  wait(address: string, now: number, claim: Claim = 'person'): number {
    const record = this.#records.get(keyOf(address, claim));
    if (record === undefined || now - record.last > FORGET_MS) return 0;
    // A clock that went back must not shut anybody out for longer than the longest wait.
    return Math.min(LONGEST_WAIT_MS, Math.max(0, record.until - now));
  }

  /** Notes a wrong password or token. */
  failed(address: string, now: number, claim: Claim = 'person'): void {
    const key = keyOf(address, claim);
    const known = this.#records.get(key);
    const failures = known === undefined || now - known.last > FORGET_MS ? 1 : known.failures + 1;
    const over = failures - FREE;
    const wait = over <= 0 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (over - 1));
    // Moved to the end, so that the first of the map is the one that was quiet for longest.
    this.#records.delete(key);
    this.#records.set(key, { failures, last: now, until: now + wait });
    if (this.#records.size <= MOST_RECORDS) return;
    const [oldest] = this.#records.keys();
    if (oldest !== undefined) this.#records.delete(oldest);
  }

  /** The right password: earlier mistakes are forgiven. */
  succeeded(address: string, claim: Claim = 'person'): void {
    this.#records.delete(keyOf(address, claim));
  }

  /**
   * Keeps one request that came too soon waiting, after which it may be looked at: the right password is let in, and who
   * guesses gets one guess in that time. False, at once, where another one is kept already.
   */
  async hold(address: string, ms: number, claim: Claim = 'person'): Promise<boolean> {
    const key = keyOf(address, claim);
    if (this.#held.has(key)) return false;
    this.#held.add(key);
    try {
      await sleep(Math.min(ms, LONGEST_HOLD_MS), undefined, { ref: false });
      return true;
    } finally {
      this.#held.delete(key);
    }
  }

  /** Claims and addresses that are remembered. */
  get size(): number {
    return this.#records.size;
  }
}

function keyOf(address: string, claim: Claim): string {
  return `${claim} ${networkOf(address)}`;
}

/** A client with one IPv6 address has 2^64 of them, so those count as one. */
export function networkOf(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':')) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const filled =
    tail === undefined
      ? left
      : [...left, ...Array(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return filled
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':');
}
