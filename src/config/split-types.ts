/**
 * Mends `types: { Amount: numeric(18,2) }`. Between braces a comma ends a value in YAML, so this reads as the type
 * `numeric(18` and a column `2)` without one; nothing else can be meant.
 */
export function mendSplitTypes(exports: unknown): unknown {
  if (!Array.isArray(exports)) return exports;
  return exports.map((entry: unknown) =>
    isMap(entry) && isMap(entry['types']) ? { ...entry, types: mended(entry['types']) } : entry,
  );
}

function mended(types: Record<string, unknown>): Record<string, unknown> {
  const result = new Map<string, unknown>();
  let open: string | undefined;
  for (const [label, type] of Object.entries(types)) {
    const first = open === undefined ? undefined : result.get(open);
    if (open !== undefined && type === null && /^\d+ ?\)/.test(label)) result.set(open, `${first},${label}`);
    else result.set(label, type);
    open = typeof type === 'string' && /\(\d+$/.test(type) ? label : undefined;
  }
  return Object.fromEntries(result);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
