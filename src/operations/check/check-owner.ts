/** The owner of the credentials, by name, and whether Sigma shows them the whole organization. */
import { ApiError } from '../../core/errors.ts';
import { isPlainObject } from '../../core/plain-object.ts';
import type { SigmaClient } from '../../sigma/client.ts';
import { segment } from '../../sigma/segment.ts';
import type { CheckLine } from './check-line.ts';

/** An account type of this name sees everything. */
const ADMIN = 'admin';

/**
 * Names the owner, and warns where they are no admin.
 *
 * @param whoami answer of `/v2/whoami`
 * @param isHidden columns of members that privacy settings hide
 */
export async function* checkOwner(
  client: SigmaClient,
  whoami: unknown,
  isHidden: (column: string) => boolean,
): AsyncGenerator<CheckLine> {
  const { userId, organizationId } = isPlainObject(whoami) ? whoami : {};
  const subject = 'credentials';
  const owner = typeof userId === 'string' ? await memberOf(client, userId) : undefined;
  const ids = `member ${String(userId)} of organization ${String(organizationId)}`;
  if (owner === undefined) {
    yield { subject, outcome: 'ok', detail: `${ids}; Sigma does not show who that is` };
    return;
  }
  const shown = (field: string, column: string): string => {
    const value = owner[field];
    return typeof value === 'string' && !isHidden(column) ? value.trim() : '';
  };
  const name = [shown('firstName', 'first_name'), shown('lastName', 'last_name')].filter(Boolean).join(' ');
  const email = shown('email', 'email');
  const person = [name, email === '' ? '' : `<${email}>`].filter(Boolean).join(' ') || ids;
  const type = typeof owner['memberType'] === 'string' ? owner['memberType'] : '';
  const isAdmin = type.toLowerCase() === ADMIN;
  const role =
    type === '' ? 'account type unknown' : isAdmin ? 'an admin' : `account type ${type}, not an admin`;
  yield { subject, outcome: 'ok', detail: `${person}, ${role}` };
  if (isAdmin || type === '') return;
  yield {
    subject: 'visibility',
    outcome: 'warning',
    detail: `Sigma shows ${name || 'this member'} only a part of the organization, and a sync stores only that part`,
    fix: 'Create the credentials as an admin, so that a sync sees the whole organization.',
  };
}

/** The member as Sigma has them; undefined where Sigma refuses to tell. */
async function memberOf(client: SigmaClient, id: string): Promise<Record<string, unknown> | undefined> {
  try {
    const { body } = await client.get(`/v2/members/${segment(id)}`);
    return isPlainObject(body) ? body : undefined;
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}
