/**
 * A whole Sigma organization in memory: deterministic for a seed, changed only by mutations, and able to say what
 * the API would give for every stream. It is a store with what the streams declare: their changes are its methods,
 * and what they keep is at hand by name.
 */
import { makeStreams, STREAMS, streamOf, truthOf } from './catalogue.ts';
import { type AuditLogOptions, auditLogOf, exportMethods } from './exports/export-mutations.ts';
import { MUTATIONS, mutate } from './mutations.ts';
import type { Entry } from './store/entry.ts';
import { Store, type StoreOptions } from './store/store.ts';
import { referencesOf } from './streams/shared/references.ts';
import type { streams } from './streams.generated.ts';

/** Seed, sizes and start of an organization. */
export interface OrganizationOptions extends StoreOptions {
  /** Adds the workbook with the audit log to the others. Default: there is none. */
  readonly auditLog?: true | AuditLogOptions;
}

type Declared = (typeof streams)[keyof typeof streams];
/** All of a union at once. */
type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never;
type Part<S, Name extends string> = S extends { readonly [K in Name]: infer P } ? P : never;
type Changes = Intersection<Part<Declared, 'mutations'>>;
type Tables = Intersection<Part<Declared, 'tables'>>;
/** A function of a store as a method of it. */
type Method<F> = F extends (store: Store, ...args: infer A) => infer R ? (...args: A) => R : never;
/** Arguments of a mutation that are left out are chosen. */
type StreamMethods = {
  readonly [K in keyof Changes]: Changes[K] extends {
    act: (store: Store, ...args: infer A) => string;
  }
    ? (...args: Partial<A>) => string
    : never;
};
type Shown = { readonly [K in keyof Tables]: Tables[K] extends (store: Store) => infer T ? T : never };

const METHODS = { ...exportMethods, mutate, truthOf };
type OwnMethods = { readonly [K in keyof typeof METHODS]: Method<(typeof METHODS)[K]> };

/** An organization. Made by `createOrganization`. */
export interface Organization extends Store, StreamMethods, Shown, OwnMethods {
  /** The audit log, where `addAuditLog` made one. */
  readonly auditLog: ReturnType<typeof auditLogOf>;
  /** All entries that the API gives for a stream, in no promised order. */
  truth(stream: string): Entry[];
}

/**
 * Makes an organization.
 *
 * ```ts
 * const organization = createOrganization({ seed: 7, workbooks: 2000, elements: 6000 });
 * organization.publishVersion();
 * organization.truth('workbook_elements').length;
 * ```
 */
export function createOrganization({ auditLog, ...options }: OrganizationOptions = {}): Organization {
  const store = new Store(options);
  makeStreams(store);
  // From now on what derived children refer to stays.
  referencesOf(store);
  const organization = withMethods(store);
  if (auditLog !== undefined) organization.addAuditLog(auditLog === true ? {} : auditLog);
  return organization;
}

function withMethods(store: Store): Organization {
  const method = (act: (store: Store, ...args: never[]) => unknown): PropertyDescriptor => ({
    value: (...args: never[]) => act(store, ...args),
  });
  const tables = STREAMS.flatMap((name) => Object.entries(streamOf(name).tables ?? {}));
  Object.defineProperties(store, {
    truth: { value: (stream: string) => [...truthOf(store, stream)] },
    ...mapped(Object.entries(METHODS), method),
    ...mapped(
      [...MUTATIONS].map(([name, { act }]) => [name, act]),
      method,
    ),
    ...mapped([...tables, ['auditLog', auditLogOf]], (of) => ({ get: () => of(store) })),
  });
  return store as Organization;
}

function mapped<T>(
  entries: Iterable<readonly [string, T]>,
  descriptor: (value: T) => PropertyDescriptor,
): PropertyDescriptorMap {
  return Object.fromEntries([...entries].map(([name, value]) => [name, descriptor(value)]));
}

/** Tells an organization from how one is to be made. */
export function isOrganization(given: Organization | OrganizationOptions | undefined): given is Organization {
  return given instanceof Store;
}
