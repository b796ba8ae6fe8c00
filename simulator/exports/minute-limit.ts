/** At most so many requests in any 60 seconds. */

const MINUTE_MS = 60_000;

export class MinuteLimit {
  readonly #most: number;
  /** When the requests of the last minute were let through. */
  readonly #passed: number[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Lets a request through and returns 0, or says in how many seconds the next one may come. */
  waitS(now = performance.now()): number {
    while ((this.#passed[0] ?? now) <= now - MINUTE_MS) this.#passed.shift();
    const [oldest] = this.#passed;
    if (this.#passed.length >= this.#most)
      return Math.max(1, Math.ceil(((oldest ?? now) + MINUTE_MS - now) / 1000));
    this.#passed.push(now);
    return 0;
  }
}
