/** Reads the text of a scrape. */

/** Values by name and labels, as they are written: `sigma_sync_queue_jobs{state="active"}`. */
export function seriesOf(body: string): ReadonlyMap<string, number> {
  const lines = body.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
