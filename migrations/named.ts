/**
 * Names of schemas in a script that is made before they are known. The script is written for schemas with names that
 * hold each character which SQL quotes; so each place shows how its quotes are written there.
 */

/** The schemas of such a script. */
export const PROBES = { target: `⟦target'"\\⟧`, state: `⟦state'"\\⟧` } as const;

/** A place of a name: which schema, and how its apostrophes, quotes and backslashes are written. */
export const NAMED = /⟦(target|state)('+)("+)(\\+)⟧/g;

/** The script for schemas of given names. */
export function withNames(sql: string, schemas: { readonly target: string; readonly state: string }): string {
  return sql.replace(
    NAMED,
    (_, which: 'target' | 'state', apostrophes: string, quotes: string, backslashes: string) =>
      schemas[which].replace(/['"\\]/g, (found) =>
        found === "'" ? apostrophes : found === '"' ? quotes : backslashes,
      ),
  );
}
