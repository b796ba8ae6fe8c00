/** Ids as people have them: from the address bar of the browser, from the API, from another table. */
import { ConfigError } from '../core/errors.ts';

/** Formats in which Sigma exports a report. [SDK] */
export const OF_REPORTS = 'Sigma exports a report as one PDF, and none of its elements';

/**
 * The kind of object an id names. Connections and workspaces share one form of URL. An id without a URL is `unknown`,
 * unless it is neither long nor short: such ids belong to elements.
 */
export type SigmaIdKind =
  | 'workbook'
  | 'report'
  | 'data-model'
  | 'dataset'
  | 'template'
  | 'connection-or-workspace'
  | 'team'
  | 'element'
  | 'unknown';

/** An id with what its URL says about it. */
export interface SigmaId {
  readonly kind: SigmaIdKind;
  readonly id: string;
  /** `long` is what the API goes by; `short` stands in URLs. */
  readonly form: 'long' | 'short';
  /** The selected element: `:nodeId` of the URL. */
  readonly element?: string;
  /** The draft that is edited: `:draftId` of the URL. */
  readonly draft?: string;
}

/**
 * By what stands before `<name>-<id>` in a URL, behind the company's name. [guide] names all but reports, data models
 * and templates, whose URLs have the same form.
 */
const KINDS: Readonly<Record<string, SigmaIdKind>> = {
  workbook: 'workbook',
  report: 'report',
  'data-model': 'data-model',
  b: 'dataset',
  template: 'template',
  s: 'connection-or-workspace',
  'admin/teams': 'team',
};

/** The guide's own examples have letters beyond f, so this is the shape of a UUID and no more. */
const UUID = /(?:^|-)([0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12})$/i;

/** A UUID in base 62 has 22 digits, and fewer where it begins with zeros: each eighth has 21, and the guide shows 20. */
const SHORT_FORM = '[0-9A-Za-z]{16,22}';
const SHORT = new RegExp(`^${SHORT_FORM}$`);
const SHORT_AT_END = new RegExp(`(?:^|-)(${SHORT_FORM})$`);

/** An id alone: one of fewer digits may be that of an element as well. */
const WHOLE_AT_END = /(?:^|-)([0-9a-z]{22})$/i;

/** Ids of elements and members are made of these. */
const OPAQUE = /^[\w-]{1,100}$/;

/**
 * Understands every URL of the browser, and bare ids.
 *
 * @example parseSigmaId('https://app.sigmacomputing.com/acme/workbook/Sales-7sYWojYnccxJqdqkNKAw6S?:nodeId=Mkaex5')
 * // { kind: 'workbook', id: '7sYWojYnccxJqdqkNKAw6S', form: 'short', element: 'Mkaex5' }
 * @throws ConfigError that names what was not understood.
 */
export function parseSigmaId(text: string): SigmaId {
  const trimmed = text.trim();
  // The first parameter may follow without a question mark where a URL was put together by hand.
  const end = trimmed.search(/[?#]|&(?::|%3A)/i);
  const address = end < 0 ? trimmed : trimmed.slice(0, end);
  const selected = selection(end < 0 ? '' : trimmed.slice(end), trimmed);
  return { ...(address.includes('/') ? fromUrl(address) : fromBare(address)), ...selected };
}

/** True where an id is one that the API goes by; short and opaque ids are not. */
export function isLongId(id: string): boolean {
  return UUID.exec(id)?.[1] === id;
}

/** True of an id of the form that stands in addresses: letters and digits alone, which no long id is. [SDK] */
export function isShortId(id: string): boolean {
  return SHORT.test(id);
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const LARGEST = (1n << 128n) - 1n;
/** Ids of objects are random: version 4, variant 1. */
const RANDOM = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The long id that a short one stands for: the same 128 bits, to the base 62. [recorded answers of DataHub and QS]
 * docs/api-truth.md has what is known of that.
 *
 * @returns undefined for what stands for no random UUID: of texts that are no such ids, 63 in 64.
 * @example longIdOf('4JRFW1HThPI1K3YTjouXI7') // '9bbbe3b0-c0c8-4fac-b6f1-8dfebfe74f8b'
 */
export function longIdOf(shortId: string): string | undefined {
  if (!isShortId(shortId)) return undefined;
  let bits = 0n;
  for (const digit of shortId) bits = bits * 62n + BigInt(DIGITS.indexOf(digit));
  if (bits > LARGEST) return undefined;
  const hex = bits.toString(16).padStart(32, '0');
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  return RANDOM.test(id) ? id : undefined;
}

/** The short id that an address ends with; undefined where it has none. */
export function shortIdIn(address: string): string | undefined {
  const last = decoded(address.replace(/[?#].*$/, '').replace(/^.*\//, ''));
  const found = idAtEnd(last, SHORT_AT_END);
  return found?.form === 'short' ? found.id : undefined;
}

function fromUrl(address: string): SigmaId {
  const [, ...path] = address.replace(/^https?:\/\//i, '').split('/');
  const segments = path.filter((segment) => segment !== '');
  // Behind the company's name, which may itself be that of a kind; or without one.
  for (const rest of [segments.slice(1), segments]) {
    for (const [place, kind] of Object.entries(KINDS)) {
      const words = place.split('/');
      if (!words.every((word, index) => rest[index] === word)) continue;
      const last = rest[words.length];
      if (last === undefined) continue;
      const found = idAtEnd(decoded(last), SHORT_AT_END);
      if (found === undefined)
        throw notUnderstood(`The address ${quoted(address)} has no id after ${place}/.`);
      return { kind, ...found };
    }
  }
  throw notUnderstood(`The address ${quoted(address)} is not a Sigma address with an id.`);
}

function fromBare(text: string): SigmaId {
  const id = decoded(text);
  const found = idAtEnd(id, WHOLE_AT_END);
  if (found !== undefined) return { kind: 'unknown', ...found };
  if (OPAQUE.test(id)) return { kind: 'element', id, form: 'long' };
  throw notUnderstood(id === '' ? 'There is no id.' : `${quoted(id)} is neither an id nor a Sigma address.`);
}

function idAtEnd(text: string, short: RegExp): Pick<SigmaId, 'id' | 'form'> | undefined {
  const uuid = UUID.exec(text)?.[1];
  if (uuid !== undefined) return { id: uuid, form: 'long' };
  const id = short.exec(text)?.[1];
  return id === undefined ? undefined : { id, form: 'short' };
}

/** Parameters stand before or behind a fragment, in any order, escaped or not. */
function selection(parameters: string, whole: string): Pick<SigmaId, 'element' | 'draft'> {
  const [elements, drafts] = [new Set<string>(), new Set<string>()];
  for (const pair of parameters.split(/[?#&]/)) {
    const equals = pair.indexOf('=');
    const [name, value] = [decoded(pair.slice(0, Math.max(equals, 0))), decoded(pair.slice(equals + 1))];
    if (value === '') continue;
    if (name === ':nodeId') elements.add(value);
    if (name === ':draftId') drafts.add(value);
  }
  if (elements.size > 1) throw notUnderstood(`The address ${quoted(whole)} names two elements.`);
  const [[element], [draft]] = [[...elements], [...drafts]];
  return { ...(element === undefined ? {} : { element }), ...(draft === undefined ? {} : { draft }) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

function notUnderstood(message: string): ConfigError {
  return new ConfigError(message, {
    advice:
      'Copy the address from the browser, such as https://app.sigmacomputing.com/<company>/workbook/<name>-<id>, or give the id alone.',
  });
}
