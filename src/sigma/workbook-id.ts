/** The long id of a workbook. */
import { ConfigError } from '../core/errors.ts';
import type { SigmaClient } from './client.ts';
import { type FindOptions, findObject } from './find.ts';
import { isLongId } from './ids.ts';

/**
 * Turns a short id of a workbook into the long one: the API documents that it takes no other [spec]. A UUID is given
 * back without a request.
 *
 * @throws ConfigError where the credentials see no workbook with this id; what `client.get` throws.
 */
export async function resolveWorkbookId(
  client: SigmaClient,
  id: string,
  options: FindOptions = {},
): Promise<string> {
  if (isLongId(id)) return id;
  const found = await findObject(client, 'workbook', id, options);
  if (found !== undefined) return found.id;
  throw new ConfigError(`The credentials see no workbook with the id ${id}.`, {
    advice:
      'Copy its address from the browser again, and check that the owner of the credentials may see the workbook.',
  });
}
