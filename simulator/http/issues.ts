/** What is wrong with a request, in one line. */
import type { z } from 'zod';

export function issuesOf({ issues }: z.ZodError): string {
  return issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
