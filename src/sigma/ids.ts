/** Ids as people have them: from the address bar of the browser, from the API, from another table. */
import { ConfigError } from '../core/errors.ts';

/**
 * What an id is of. Connections and workspaces share one form of URL; an id without a URL says nothing (`unknown`),
 * unless it is neither long nor short, as those of elements.
 */
export type SigmaIdKind =
  | 'workbook'
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
 * By what stands before `<name>-<id>` in a URL, behind the company's name. [guide] names all but data models and
 * templates, whose URLs have the same form.
 */
const KINDS: Readonly<Record<string, SigmaIdKind>> = {
  workbook: 'workbook',
  'data-model': 'data-model',
  b: 'dataset',
  template: 'template',
  s: 'connection-or-workspace',
  'admin/teams': 'team',
};

/** The guide's own examples have letters beyond f, so this is the shape of a UUID and no more. */
const UUID = /(?:^|-)([0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12})$/i;

/** A UUID in base 62 has 22 digits; leading zeros may be missing, and the guide shows one of 20. */
const SHORT_AT_END = /(?:^|-)([0-9a-z]{18,22})$/i;

const SHORT = /(?:^|-)([0-9a-z]{22})$/i;

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

/** True of an id as it stands in addresses: letters and digits alone, which no long id is. [SDK] */
export function isShortId(id: string): boolean {
  return /^[0-9a-z]+$/i.test(id);
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
        throw notUnderstood(`The address ${quoted(address)} has no id behind ${place}/.`);
      return { kind, ...found };
    }
  }
  throw notUnderstood(`The address ${quoted(address)} is not one of Sigma's that has an id.`);
}

function fromBare(text: string): SigmaId {
  const id = decoded(text);
  const found = idAtEnd(id, SHORT);
  if (found !== undefined) return { kind: 'unknown', ...found };
  if (OPAQUE.test(id)) return { kind: 'element', id, form: 'long' };
  throw notUnderstood(
    id === '' ? 'There is no id.' : `${quoted(id)} is neither an id nor an address of Sigma's.`,
  );
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
