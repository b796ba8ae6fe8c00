/**
 * The family of errors a user can meet. Each carries a stable code, where it happened, and one sentence of
 * advice; the command line turns them into one clear line and an exit code.
 */

import { asOneLine } from './words.ts';

/** The place of an error; every part is optional because not every error has one. */
export interface ErrorContext {
  readonly stream?: string | undefined;
  readonly partition?: string | undefined;
  readonly method?: string | undefined;
  /** Path and query of the request, never with a secret in it. */
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  /** `code` of the API's error body. */
  readonly apiCode?: string | undefined;
  /** `requestId` of the API's error body or its response header: what Sigma's support asks for. */
  readonly requestId?: string | undefined;
}

/** Options of every error of the family. */
export interface ErrorOptions {
  readonly cause?: unknown;
  readonly context?: ErrorContext | undefined;
  /** One sentence: what the user should do next. */
  readonly advice?: string | undefined;
}

/** Base of the family. `code` is stable and machine-readable. */
export abstract class SigmaSyncError extends Error {
  abstract readonly code: string;
  /** Exit code of the command line when this error ends a command. */
  readonly exitCode: number = 1;
  readonly context: ErrorContext;
  readonly advice: string | undefined;

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.context = options.context ?? {};
    this.advice = options.advice;
  }
}

/** Wrong usage, a missing or malformed setting, an unreadable secret file. Nothing was attempted. */
export class ConfigError extends SigmaSyncError {
  override readonly code = 'config';
  override readonly exitCode = 2;
}

/** The API refused the credentials: wrong, revoked, expired, or kept out by an IP allowlist. */
export class AuthError extends SigmaSyncError {
  override readonly code = 'auth';
}

/** The API answered with an error status that retrying did not or could not cure. */
export class ApiError extends SigmaSyncError {
  override readonly code: string = 'api';
}

/** Refused for too many requests (429): after every retry, or until a time that is too far off to be waited for. */
export class RateLimitError extends ApiError {
  override readonly code = 'rate_limit';
  /** Before this time nothing more is asked; undefined where other requests may fare better. */
  readonly until: Date | undefined;

  constructor(message: string, options: ErrorOptions & { readonly until?: Date } = {}) {
    super(message, options);
    this.until = options.until;
  }
}

/** No usable answer after every retry: refused, reset, timed out, cut or unparsable. */
export class NetworkError extends SigmaSyncError {
  override readonly code = 'network';
}

/** A listing that would never end or contradicts itself: repeated token, endless pages, unknown shape. */
export class PagingError extends SigmaSyncError {
  override readonly code = 'paging';
}

/** Sigma's answer exceeds a bound of ours: bytes, values, depth, pages. Nothing of it was loaded. */
export class LimitError extends SigmaSyncError {
  override readonly code = 'limit';
}

/** Sigma could not export an element's data, or what it sent can't be read as that. */
export class ExportError extends SigmaSyncError {
  override readonly code = 'export';
}

/** The columns of an export no longer fit its table, and its policy forbids to change that. */
export class SchemaDriftError extends SigmaSyncError {
  override readonly code = 'schema_drift';
}

/** A redirect or page link that would have carried the bearer token to another origin. */
export class ForeignOriginError extends SigmaSyncError {
  override readonly code = 'foreign_origin';
}

/** The database refused, vanished, filled up or lacks a right. The transaction in hand was rolled back. */
export class DatabaseError extends SigmaSyncError {
  override readonly code = 'database';
  /** `passing`: the same may succeed a moment later; `lasting`: somebody has to mend something; `ours`: a mistake of ours. */
  readonly kind: 'passing' | 'lasting' | 'ours';

  /** Only other settings help, of ours or of the server: there is no point in waiting. */
  readonly inSettings: boolean;

  constructor(
    message: string,
    options: ErrorOptions & { readonly kind?: DatabaseError['kind']; readonly inSettings?: boolean } = {},
  ) {
    super(message, options);
    this.kind = options.kind ?? 'lasting';
    this.inSettings = options.inSettings ?? false;
  }
}

/** Another run holds the lock of the target schema or the embedded directory. */
export class LockedError extends SigmaSyncError {
  override readonly code = 'locked';
  override readonly exitCode = 4;
}

/** An alert did not reach its receiver. */
export class AlertError extends SigmaSyncError {
  override readonly code = 'alert';
}

/** The user or the service manager asked us to stop. */
export class InterruptedError extends SigmaSyncError {
  override readonly code = 'interrupted';
  override readonly exitCode = 130;
}

/** True where `error` (or what caused it) is of the given class. */
export function causedBy<T extends Error>(
  error: unknown,
  type: abstract new (...args: never[]) => T,
): boolean {
  return causeOf(error, type) !== undefined;
}

/** The first error of the given class among `error` and what caused it. */
export function causeOf<T extends Error>(
  error: unknown,
  type: abstract new (...args: never[]) => T,
): T | undefined {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if (e instanceof type) return e;
  return undefined;
}

/** The time until which no request fares better, if Sigma said when to come back; otherwise undefined. */
export function comeBackAt(error: unknown): Date | undefined {
  return causeOf(error, RateLimitError)?.until;
}

/** True where the API or the way to it is the cause, and no single part of what was asked for. */
export function isEverybodys(error: unknown): boolean {
  return comeBackAt(error) !== undefined || causedBy(error, AuthError) || causedBy(error, NetworkError);
}

/** One line for a person: what failed, where, and what to do next. */
export function describeError(error: unknown): string {
  if (!(error instanceof SigmaSyncError))
    return asOneLine(String(error instanceof Error ? error.message : error));
  const { stream, partition, method, path, status, apiCode, requestId } = error.context;
  const where = [
    stream && `stream ${stream}`,
    partition && `partition ${partition}`,
    path && `${method ?? 'GET'} ${path}`,
    status && `status ${status}`,
    apiCode && `code ${apiCode}`,
    requestId && `request ${requestId}`,
  ].filter(Boolean);
  const parts = [error.message, where.length > 0 && `(${where.join(', ')})`, error.advice];
  // Ids and texts of others stand in it, with whatever they hold.
  return asOneLine(parts.filter(Boolean).join(' '));
}
