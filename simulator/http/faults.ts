/**
 * Faults that the simulator injects, and conditions it can be put in. The rule's seed, the request and the number of
 * its repetitions decide which requests are hit; the order in which concurrent requests arrive does not matter.
 */
import { z } from 'zod';
import { hash } from '../store/random.ts';
import { type Answer, errorAnswer, htmlAnswer, jsonAnswer, Refusal } from './answer.ts';

/**
 * - `429`, `429-retry-after`, `429-html` (Cloudflare's page), `500` … `504`, `html-200`: that answer.
 * - `reset`: the connection breaks before an answer; `cut`: in its middle; `truncated`: half of the JSON, properly
 * sent.
 * - `slow`: a delayed answer. `expired-token`: the token in use is revoked.
 * - `shift`: an entry appears or disappears in front of the listing being read.
 * - `empty-page`: no entries, though there are more to come; `repeat-token`: the token just used is given again.
 */
export const FAULT_KINDS = [
  ...(['429', '429-retry-after', '429-html', '500', '502', '503', '504', 'html-200', 'reset'] as const),
  ...(['cut', 'truncated', 'slow', 'expired-token', 'shift', 'empty-page', 'repeat-token'] as const),
] as const;

/**
 * Faults of exports alone. `slow-job`: an export takes longer. For downloads: `early-404`, though the result is or
 * will be there; `expired-query`: the result is gone for good; `envelope-500`: a 200 that holds `{status: 500,
 * message}`.
 */
export const EXPORT_FAULT_KINDS = ['slow-job', 'early-404', 'expired-query', 'envelope-500'] as const;

/**
 * Answers that do not end by themselves, seldom, but users reported them of single proxies: `endless` sends as fast as it is
 * read, `drip` a byte a second.
 */
export const ENDLESS_FAULT_KINDS = ['endless', 'drip'] as const;

const KINDS = [...FAULT_KINDS, ...EXPORT_FAULT_KINDS, ...ENDLESS_FAULT_KINDS] as const;
export type FaultKind = (typeof KINDS)[number];

const pattern = z.string().refine(isPattern, 'is not a regular expression');
const share = z.number().min(0).max(1);

/** A rule; the first one that fires is taken. */
export const faultRule = z.strictObject({
  kinds: z.array(z.enum(KINDS)).min(1).describe('Chosen from, among those that fit the request'),
  rate: share.default(1).describe('Share of the requests that are hit'),
  seed: z.int().default(1),
  match: pattern.default('').describe('Regular expression of path and query'),
  times: z.int().min(1).optional().describe('Fires so often at most'),
  maxInARow: z
    .int()
    .min(1)
    .default(3)
    .describe('Faults in a row on the same request, so that retries converge'),
  retryAfterS: z.number().min(0).default(1).describe('Of 429-retry-after, in seconds, rounded to whole ones'),
  slowMs: z.number().min(0).default(300).describe('Delay of slow, and of the job of slow-job'),
});
export type FaultRule = z.input<typeof faultRule>;

const flag = (text: string): z.ZodBoolean => z.boolean().describe(text);

/** Peculiarities of exports that last until they are switched off. All of them are off to begin with. */
const exportSwitches = z.strictObject({
  running: z
    .enum(['204', 'empty-200', 'envelope-204', '404', 'mixed'])
    .describe('What a download answers while its job runs; default 204'),
  pivotCsv: z
    .enum(['works', 'export-500', 'download-500'])
    .describe('What becomes of the CSV of a pivot table with totals; JSON works always'),
  bom: flag('A byte-order mark in front of CSV'),
  crlf: flag('Lines end with CR LF'),
  trailingBlankLines: z
    .int()
    .min(0)
    .max(100)
    .describe('Blank lines behind the last row of CSV and JSON lines'),
  formatted: flag('Numbers of a CSV are formatted: $1,234.50'),
  shuffle: flag('Every export has its rows in another order'),
  oneBasedOffset: flag('offset is the number of the first row, from 1; default: rows left out'),
  maxIsMidnight: flag('A day as the max of a date range is its first moment; default: all of it'),
});
export type ExportSwitches = z.output<typeof exportSwitches>;

const EXPORTS_AS_EXPECTED: ExportSwitches = {
  ...{ running: '204', pivotCsv: 'works', bom: false, crlf: false, trailingBlankLines: 0 },
  ...{ formatted: false, shuffle: false, oneBasedOffset: false, maxIsMidnight: false },
};

/** Conditions that last until they are switched off. */
export const switches = z.strictObject({
  permissionLoss: share.describe(
    'Share of the files, workbooks, data models and datasets the credentials lost their rights on',
  ),
  unauthorizedAlways: z.boolean().describe('Every request but those for tokens answers 401'),
  forbid: z.array(pattern).describe('Paths that answer 403'),
  missing: z.array(pattern).describe('Paths that answer 404'),
  down: z.boolean().describe('Every connection is reset'),
  exports: exportSwitches.describe('Peculiarities of exported files'),
});
export type Switches = z.output<typeof switches>;
export type SwitchChanges = z.input<typeof switchChanges>;

/** Some of the switches, and some of those of exports. */
export const switchChanges = switches.extend({ exports: exportSwitches.partial() }).partial();

/** A fault that is due for a request. `bits` decide its variant. */
export interface DueFault {
  readonly kind: FaultKind;
  readonly bits: number;
  readonly retryAfterS: number;
  readonly slowMs: number;
}

interface ActiveRule extends z.output<typeof faultRule> {
  readonly pattern: RegExp;
  left: number;
}

const OFF: Switches = {
  ...{ permissionLoss: 0, unauthorizedAlways: false, forbid: [], missing: [], down: false },
  exports: EXPORTS_AS_EXPECTED,
};

export class Faults {
  readonly #rules: ActiveRule[] = [];
  /** By method and URL: requests so far, and faults since the last one that went well. */
  readonly #requests = new Map<string, { seen: number; inARow: number }>();
  #switches = OFF;
  #forbid: RegExp[] = [];
  #missing: RegExp[] = [];

  /** Adds a rule. @throws ZodError where it is not a valid one. */
  inject(rule: FaultRule): void {
    const valid = faultRule.parse(rule);
    const left = valid.times ?? Number.POSITIVE_INFINITY;
    this.#rules.push({ ...valid, pattern: new RegExp(valid.match), left });
  }

  /** Changes the switches named. @throws ZodError where a value is not valid. */
  set(changes: SwitchChanges): void {
    const valid = switchChanges.parse(changes);
    const old = this.#switches;
    this.#switches = {
      permissionLoss: valid.permissionLoss ?? old.permissionLoss,
      unauthorizedAlways: valid.unauthorizedAlways ?? old.unauthorizedAlways,
      forbid: valid.forbid ?? old.forbid,
      missing: valid.missing ?? old.missing,
      down: valid.down ?? old.down,
      exports: exportSwitches.parse({ ...old.exports, ...valid.exports }),
    };
    this.#forbid = this.#switches.forbid.map((source) => new RegExp(source));
    this.#missing = this.#switches.missing.map((source) => new RegExp(source));
  }

  /** Removes all rules and switches everything off. */
  clear(): void {
    this.#rules.length = 0;
    this.#requests.clear();
    this.set(OFF);
  }

  get switches(): Switches {
    return this.#switches;
  }

  /** 403 or 404 where a switch asks for it. */
  refused(target: string): 403 | 404 | undefined {
    if (this.#forbid.some((one) => one.test(target))) return 403;
    return this.#missing.some((one) => one.test(target)) ? 404 : undefined;
  }

  /** The fault due for a request, if any. `fits` says which kinds make sense for it. */
  due(method: string, target: string, fits: (kind: FaultKind) => boolean): DueFault | undefined {
    if (this.#rules.length === 0) return undefined;
    const key = `${method} ${target}`;
    const request = this.#requests.get(key) ?? { seen: 0, inARow: 0 };
    this.#requests.set(key, request);
    request.seen++;
    for (const rule of this.#rules) {
      if (rule.left === 0 || request.inARow >= rule.maxInARow || !rule.pattern.test(target)) continue;
      if (hash(rule.seed, 'fires', key, request.seen) / 2 ** 32 >= rule.rate) continue;
      const kinds = rule.kinds.filter(fits);
      const bits = hash(rule.seed, 'kind', key, request.seen);
      const kind = kinds[bits % kinds.length];
      if (kind === undefined) continue;
      rule.left--;
      request.inARow++;
      return {
        kind,
        bits: Math.floor(bits / kinds.length),
        retryAfterS: rule.retryAfterS,
        slowMs: rule.slowMs,
      };
    }
    request.inARow = 0;
    return undefined;
  }

  toJSON(): Record<string, unknown> {
    const rules = this.#rules.map(({ pattern: _, left, ...rule }) => ({
      ...rule,
      left: Number.isFinite(left) ? left : null,
    }));
    return { rules, switches: this.#switches };
  }
}

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

/** The body of Cloudflare's rate limit, which the API's own error body never reaches. */
const CLOUDFLARE = `<!DOCTYPE html>
<html lang="en-US"><head><title>Access denied | api.sigmacomputing.com used Cloudflare to restrict access</title></head>
<body><h1><span>Error</span> <span>1015</span></h1><h2>You are being rate limited</h2>
<p>The owner of this website has banned you temporarily from accessing this website.</p></body></html>
`;

const SERVER_ERRORS: Partial<Record<FaultKind, { readonly status: number; readonly text: string }>> = {
  '500': { status: 500, text: 'Internal Server Error' },
  '502': { status: 502, text: 'Bad Gateway' },
  '503': { status: 503, text: 'Service Unavailable' },
  '504': { status: 504, text: 'Gateway Timeout' },
};

/**
 * The answer that takes the place of the proper one, for the kinds that have one; all of them are reported from the
 * field by the vendor's users.
 */
export function faultAnswer(fault: DueFault, requestId: string): Answer | undefined {
  const { kind, bits } = fault;
  if (kind === '429' || kind === '429-retry-after') {
    const answer = errorAnswer(new Refusal(429, 'too many requests'), requestId);
    return kind === '429' ? answer : { ...answer, headers: { ...answer.headers, ...retryAfter(fault) } };
  }
  if (kind === '429-html') return { ...htmlAnswer(429, ''), body: CLOUDFLARE };
  if (kind === 'html-200') return htmlAnswer(200, 'Sigma is being updated');
  if (kind === 'early-404') return errorAnswer(new Refusal(404, 'query not found'), requestId);
  if (kind === 'envelope-500') return jsonAnswer(200, { status: 500, message: 'Internal server error' });
  const error = SERVER_ERRORS[kind];
  if (error === undefined) return undefined;
  // The API's own body, a proxy's page, or nothing.
  if (bits % 3 === 0) return errorAnswer(new Refusal(error.status, error.text), requestId);
  if (bits % 3 === 1) return htmlAnswer(error.status, `${error.status} ${error.text}`);
  return { status: error.status, headers: {}, body: '' };
}

/** RFC 9110 allows both forms. Both have whole seconds: the number is rounded, the date rounded up. */
function retryAfter({ bits, retryAfterS }: DueFault): Record<string, string> {
  if (bits % 2 === 0) return { 'retry-after': String(Math.round(retryAfterS)) };
  const at = Math.ceil((Date.now() + retryAfterS * 1000) / 1000) * 1000;
  return { 'retry-after': new Date(at).toUTCString() };
}

/** Half of the body, of matching length: JSON that ends too soon. */
export function truncated(answer: Answer): Answer {
  return { ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) };
}
