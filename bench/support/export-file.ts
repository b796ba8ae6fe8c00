/** The CSV of a big export as a file, for those that do not read it over HTTP. */
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ElementPlace } from '../../simulator/exports/export-mutations.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { startExport } from '../../src/sigma/export-job.ts';

/** Downloads it, in as many pages as it takes, into one file with one header. @returns its path */
export async function downloadExport(
  env: Readonly<Record<string, string>>,
  { workbookId, elementId }: ElementPlace,
  { folder, rows, pageRows }: { folder: string; rows: number; pageRows: number },
): Promise<string> {
  const app = createApp({ config: loadConfig({ env, cwd: folder }), cacheDirectory: folder });
  const client = await app.openClient();
  async function* pages(): AsyncGenerator<Buffer> {
    for (let offset = 0; offset < rows; offset += pageRows) {
      const body = {
        elementId,
        format: { type: 'csv' },
        rowLimit: pageRows,
        runAsynchronously: true,
        ...(offset === 0 ? {} : { offset }),
      };
      const job = await startExport(
        { document: { kind: 'workbook', id: workbookId }, body, stream: 'bench' },
        { client, clock: app.clock, timeoutMs: 60_000 },
      );
      let isHeader = offset > 0;
      for await (const chunk of (await job.open()).chunks) {
        const end = isHeader ? chunk.indexOf('\n') : -1;
        if (isHeader && end < 0) continue;
        isHeader = false;
        yield chunk.subarray(end + 1);
      }
    }
  }
  const path = join(folder, `export-${rows}.csv`);
  try {
    await pipeline(Readable.from(pages()), createWriteStream(path));
  } finally {
    await client.close();
  }
  return path;
}
