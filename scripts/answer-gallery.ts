/** Asks the questions of docs/analytics.md over the demonstration's organization, and writes the answers into it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '../simulator/server.ts';
import { query } from '../src/analytics/answer-query.ts';
import { createSync } from '../src/runs/create-sync.ts';
import { DEMO, GALLERY, readGallery, showAnswer, syncDemo, withAnswers } from '../test/support/gallery.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sigma-sync-gallery-'));
try {
  await using simulator = await startSimulator(DEMO);
  await using sync = createSync({
    cwd,
    env: {
      SIGMA_BASE_URL: simulator.url,
      SIGMA_CLIENT_ID: simulator.clientId,
      SIGMA_CLIENT_SECRET: simulator.clientSecret,
    },
  });
  await syncDemo(sync, simulator);
  const answers: string[] = [];
  for (const { title, sql } of readGallery()) {
    const answer = await query(await sync.database(), sync.app.schemas, sql);
    process.stdout.write(`${title}: ${answer.rows.length} rows\n`);
    answers.push(showAnswer(answer));
  }
  writeFileSync(GALLERY, withAnswers(answers));
} finally {
  rmSync(cwd, { recursive: true, force: true });
}
