/** The entry's field where it is a text and not an empty one: what derived keys are made of. */
export function entryText(entry: Readonly<Record<string, unknown>>, field: string): string | undefined {
  const value = entry[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
