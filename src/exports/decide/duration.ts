/** Durations as the settings write them. */
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Milliseconds of `30m`, `3h`, `1d` or `2w`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count = '', unit = ''] = /^(\d{1,6}) ?([mhdw])$/.exec(text.trim()) ?? [];
  const ms = UNITS[unit];
  return ms === undefined ? undefined : Number(count) * ms;
}
