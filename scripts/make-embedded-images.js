// Writes the archives of new embedded databases into dist/: one that is empty, and one with the tables and answers of the
// default settings. PGlite makes a database by running initdb, which takes two seconds and a gigabyte; unpacking an archive
// takes neither.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildModels } from '../dist/src/analytics/build.js';
import { models } from '../dist/src/analytics/model-catalogue.js';
import { createApp } from '../dist/src/app.js';
import { loadConfig } from '../dist/src/config/load-config.js';
import { openEmbedded } from '../dist/src/core/database/embedded/database.js';
import { packImage } from '../dist/src/core/database/embedded/image.js';
import { catalogue } from '../dist/src/extractors/catalogue.js';
import { forgetDatabaseId } from '../dist/src/state/database-id.js';
import { migrate } from '../dist/src/state/migrate.js';

const folder = mkdtempSync(join(tmpdir(), 'sigma-sync-image-'));
try {
  const files = join(folder, 'pgdata');
  await (await openEmbedded({ directory: folder })).close();
  packImage(files, 'dist/embedded.image');

  const { schemas, analytics, events, config } = createApp({ config: loadConfig({ cwd: folder, env: {} }) });
  const { staleDays, internalDomains } = analytics;
  const database = await openEmbedded({ directory: folder });
  await migrate(database, schemas, catalogue, events);
  await database.transaction((session) =>
    buildModels(session, schemas, models, { staleDays, internalDomains, auditLog: undefined }),
  );
  await database.session((session) => forgetDatabaseId(session, schemas));
  await database.close();
  packImage(files, `dist/embedded-${config.database.schema}.image`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
