/** Sources of workbooks, data models and datasets. */
import { createHash } from 'node:crypto';
import { noveltiesOf } from '../../http/endpoint.ts';
import type { Entry } from '../../store/entry.ts';
import { Random } from '../../store/random.ts';
import type { Store } from '../../store/store.ts';
import { elementIdOf } from './contents.ts';
import { type Named, referencesOf } from './references.ts';

/** The form of a parent's sources. */
export interface SourceStyle {
  /** Field with the id of a table, and of a dataset. */
  readonly table: string;
  readonly dataset: string;
  /** Data models, and types that are newer than the specification, occur as well. */
  readonly isOpen: boolean;
}

export const WORKBOOK_SOURCES: SourceStyle = { table: 'inodeId', dataset: 'inodeId', isOpen: true };
export const DATA_MODEL_SOURCES: SourceStyle = { table: 'tableId', dataset: 'datasetId', isOpen: true };
export const DATASET_SOURCES: SourceStyle = { table: 'inodeId', dataset: 'inodeId', isOpen: false };

/** The sources of the parent at a version; every third version may change them. No two have the same key. */
export function sourcesOf(store: Store, root: string, version: number, style: SourceStyle): Entry[] {
  const random = new Random(store.seed, root, 'sources', Math.floor(version / 3));
  const sources = new Map<string, Entry>();
  for (let n = random.below(5); n > 0; n--) {
    const source = sourceOf(store, random, style);
    if (source !== undefined) sources.set(sourceKey(source), source);
  }
  const all = [...sources.values()];
  return noveltiesOf(store).customSqlIds ? all.map((source, i) => withSqlId(store, root, source, i)) : all;
}

/** Custom SQL keeps its id where its text is edited. */
function withSqlId(store: Store, root: string, source: Entry, number: number): Entry {
  if (source['type'] !== 'custom-sql') return source;
  const random = new Random(store.seed, root, 'custom-sql', number);
  const { connections } = referencesOf(store);
  const connectionId = connections.length === 0 ? null : random.pick(connections);
  return { ...source, connectionId, customSqlId: random.base62(10) };
}

function sourceOf(store: Store, random: Random, style: SourceStyle): Entry | undefined {
  const { tables, datasets, dataModels, tags } = referencesOf(store);
  const any = (named: readonly Named[]): string | undefined =>
    named.length === 0 ? undefined : random.pick(named).id;
  const roll = random.next();
  if (style.isOpen && roll < 0.05) return { type: 'csv-upload', inodeId: random.uuid() };
  if (style.isOpen && roll < 0.09)
    return { type: 'custom-sql', definition: `select '${random.base62(6)}' "é"`, params: { n: null } };
  if (style.isOpen && roll < 0.4) {
    const dataModelId = any(dataModels);
    if (dataModelId === undefined) return undefined;
    const elementIds = [0, 1].slice(random.below(2)).map((n) => elementIdOf(store.seed, dataModelId, n));
    const isTagged = tags.length > 0 && random.next() < 0.3;
    return {
      type: 'data-model',
      dataModelId,
      elementIds,
      ...(isTagged && { versionTagId: random.pick(tags) }),
    };
  }
  const [type, named, field] =
    roll < 0.6 ? (['dataset', datasets, style.dataset] as const) : (['table', tables, style.table] as const);
  const id = any(named);
  return id === undefined ? undefined : { type, [field]: id };
}

/**
 * Key of a source among those of its parent, since it has no id of its own: its type, the id of the object it names,
 * and the version tag if there is one; a digest of the whole if it names nothing.
 */
export function sourceKey(source: Entry): string {
  const ids = [
    source['inodeId'],
    source['dataModelId'],
    source['datasetId'],
    source['tableId'],
    source['customSqlId'],
  ];
  const id = ids.find((one) => one !== undefined);
  const tag = source['versionTagId'] === undefined ? '' : `@${source['versionTagId']}`;
  if (id !== undefined) return `${source['type']}:${id}${tag}`;
  return `${source['type']}:${createHash('sha256').update(JSON.stringify(source)).digest('hex').slice(0, 32)}`;
}
