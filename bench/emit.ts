/** Rows a second of an emission, first of all rows and then of changes, with memory and the size of the state. */
import { EventBus } from '../src/core/events/bus.ts';
import { catalogue } from '../src/extractors/catalogue.ts';
import { airbyteFormat } from '../src/operations/emit/airbyte.ts';
import { type EmissionFormat, emitChanges } from '../src/operations/emit/emission.ts';
import type { EmissionState } from '../src/operations/emit/emission-state.ts';
import { emittedTable } from '../src/operations/emit/emitted-table.ts';
import { singerFormat } from '../src/operations/emit/singer.ts';
import type { WriteText } from '../src/operations/emit/write-to.ts';
import { migrate } from '../src/state/migrate.ts';
import { schemasFor } from '../src/state/schemas.ts';
import { fillOrganization } from './support/access-data.ts';
import { benchmark, ORGANIZATION, on } from './support/flags.ts';
import { type Figures, fixed, mib, note, printMachine, printTable } from './support/output.ts';
import { openDatabase, openTargets } from './support/target.ts';

const flags = benchmark(
  'emit',
  'Rows a second of an emission without its sync, into nothing.',
  '--grants 20000',
  {
    ...ORGANIZATION,
    pglite: on('read the embedded database'),
  },
);

const FORMATS: Readonly<Record<string, (write: WriteText) => EmissionFormat>> = {
  singer: (write) => singerFormat(write, () => new Date()),
  airbyte: (write) => airbyteFormat(write, 'sigma', () => new Date()),
};

const schemas = schemasFor('sigma');
const tables = catalogue.filter(({ optIn }) => optIn !== true).map(emittedTable);
await using targets = await openTargets(flags.pglite === true ? 'pglite' : 'postgres');
await using target = await targets.open();
const database = await openDatabase(target);
const figures: Figures[] = [];
try {
  await migrate(database, schemas, catalogue, new EventBus());
  await fillOrganization(database, schemas, flags);
  // Streams that no sync read have no history, and would be sent whole again.
  await database.session((session) =>
    session.query(
      `insert into sigma_sync.history (stream, since) select unnest($1::text[]), now() on conflict do nothing`,
      [tables.map(({ name }) => name)],
    ),
  );
  for (const name of Object.keys(FORMATS)) {
    const first = await emit(name, 'all rows', undefined);
    await emit(name, 'nothing changed', first);
    await change();
    await emit(name, '1 % of the grants changed', first);
  }
} finally {
  await database.close();
}
printMachine(targets.label);
printTable(figures);

async function emit(
  name: string,
  what: string,
  state: EmissionState | undefined,
): Promise<EmissionState | undefined> {
  let [bytes, peak] = [0, 0];
  let latest: EmissionState | undefined;
  const format = FORMATS[name]?.(async (text) => {
    bytes += text.length;
    peak = Math.max(peak, process.memoryUsage.rss());
  });
  if (format === undefined) throw new Error(`there is no format ${name}`);
  const keeping: EmissionFormat = {
    ...format,
    async state(value, isLast) {
      latest = value;
      await format.state(value, isLast);
    },
  };
  const request = { tables, state, signal: new AbortController().signal, rulesOf: () => undefined };
  const begun = performance.now();
  const sent = await emitChanges({ database, schemas }, request, keeping);
  const seconds = (performance.now() - begun) / 1000;
  const rows = sent.reduce((sum, one) => sum + one.rows, 0);
  figures.push({
    ...{ format: name, what, rows, seconds: fixed(seconds, 2), 'rows a second': Math.round(rows / seconds) },
    ...{ MB: fixed(bytes / 1e6), 'peak MiB': mib(peak), 'state, bytes': JSON.stringify(latest).length },
  });
  note(`${name}, ${what}: ${rows} rows in ${fixed(seconds, 2)} s`);
  return latest;
}

/** Another permission for 1 % of the grants, in the table and in the log as a merge writes it. */
async function change(): Promise<void> {
  await database.session((session) =>
    session.query(
      `with changed as (
         update sigma.grants set permission = case permission when 'view' then 'edit' else 'view' end
          where hashtext(grant_id) % 100 = 0 returning grant_id)
       insert into sigma_sync.changes (changed_at, run_id, stream, key, operation, changed)
       select now(), 'bench', 'grants', array[grant_id], 'update', array['permission'] from changed`,
    ),
  );
}
