/** Counters of the simulator, for tests and measurements. */

/** Two token requests closer than this break Sigma's limit of one a second, less a timer's inaccuracy. */
const TOKEN_GAP_MS = 980;

/** One request, where `logging` is on. Status 0: the connection was broken without an answer. */
export interface LoggedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
}

/** Bytes of a connection so far. */
export interface Wire {
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** Counts of the API's requests, the token's included; the control interface's are not counted. */
export class Counters {
  requests = 0;
  /** By method and template: `GET /v2/workbooks/{workbookId}/pages`. Unknown paths are `GET (unknown)`. */
  readonly endpoints = new Map<string, number>();
  /** By method and path, without the query. */
  readonly paths = new Map<string, number>();
  /** By status; 0 where the connection was broken without an answer. */
  readonly statuses = new Map<number, number>();
  /** Injected faults by kind. */
  readonly faults = new Map<string, number>();
  /** Times of token requests, in milliseconds since 1970. */
  readonly tokenRequests: number[] = [];
  tokenRateViolations = 0;
  /** Export requests beyond the limit of a minute. */
  exportRateViolations = 0;
  /** Bytes of requests and of answers as they went over the wire, their heads included; TLS there is none. */
  bytesReceived = 0;
  bytesSent = 0;
  inFlight = 0;
  maxInFlight = 0;
  /** Keep a log of every request. Off by default. */
  logging = false;
  readonly log: LoggedRequest[] = [];
  #lastToken = Number.NEGATIVE_INFINITY;
  /** Counts of each connection so far. */
  readonly #moved = new WeakMap<Wire, Wire>();

  /** Notes a request that came in. */
  received(method: string, path: string, template: string): void {
    this.requests++;
    count(this.endpoints, `${method} ${template}`);
    count(this.paths, `${method} ${path}`);
    this.inFlight++;
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight);
  }

  /** Notes that a request was answered or its connection broken. */
  finished(request: LoggedRequest): void {
    this.inFlight--;
    count(this.statuses, request.status);
    if (this.logging) this.log.push(request);
  }

  /** Counts what went over a connection since it was counted last. */
  moved(wire: Wire): void {
    const { bytesRead, bytesWritten } = wire;
    const before = this.#moved.get(wire);
    this.bytesReceived += bytesRead - (before?.bytesRead ?? 0);
    this.bytesSent += bytesWritten - (before?.bytesWritten ?? 0);
    this.#moved.set(wire, { bytesRead, bytesWritten });
  }

  /** Notes a token request; true where it came too soon after the one before. */
  tokenReceived(): boolean {
    const now = performance.now();
    const tooSoon = now - this.#lastToken < TOKEN_GAP_MS;
    this.#lastToken = now;
    this.tokenRequests.push(Date.now());
    if (tooSoon) this.tokenRateViolations++;
    return tooSoon;
  }

  faulted(kind: string): void {
    count(this.faults, kind);
  }

  /** Requests to an endpoint: `of('GET /v2/grants')`. */
  of(endpoint: string): number {
    return this.endpoints.get(endpoint) ?? 0;
  }

  /** Sets everything to zero but the time of the last token request, which the rate limit needs. */
  reset(): void {
    this.requests = 0;
    this.tokenRateViolations = 0;
    this.exportRateViolations = 0;
    this.bytesReceived = 0;
    this.bytesSent = 0;
    this.maxInFlight = this.inFlight;
    this.tokenRequests.length = 0;
    this.log.length = 0;
    for (const map of [this.endpoints, this.paths, this.statuses, this.faults]) map.clear();
  }

  /** All but the log and the paths, which can be long. */
  toJSON(): Record<string, unknown> {
    const { log: _, paths: __, endpoints, statuses, faults, ...counts } = this;
    return {
      ...counts,
      endpoints: Object.fromEntries(endpoints),
      statuses: Object.fromEntries(statuses),
      faults: Object.fromEntries(faults),
    };
  }
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
