/** The commands that need no account: they bring an organization of their own. */
import { EVERY_NOVELTY, NOVELTIES_OF_API } from '../../../simulator/http/novelties.ts';
import { type CommandEntry, choice, directory, examples, number, option } from './declare.ts';

const MANY = [0, 1_000_000] as const;
const NOVELTIES = Object.keys(EVERY_NOVELTY);
/** Not taken from the simulator, which would load much for a line of help. */
const CODINGS = ['zstd', 'br', 'gzip', 'none'];

/** `simulate` and `demo`. */
export const simulatorCommands: readonly CommandEntry[] = [
  {
    name: 'simulate',
    summary: 'serve a simulated Sigma organization over HTTP',
    options: [
      number('--port <n>', 'port (0 = any free one)', [0, 65_535], 8787),
      number('--seed <n>', 'each seed makes another organization', [0, 2 ** 31], 1),
      number('--workbooks <n>', 'workbooks', MANY, 120),
      number('--members <n>', 'members', [1, 1_000_000], 40),
      number('--teams <n>', 'teams', MANY, 8),
      number('--grants <n>', 'direct grants', MANY, 600),
      number('--elements <n>', 'elements in all workbooks together', MANY),
      number('--connections <n>', 'connections', MANY),
      number('--data-models <n>', 'data models', MANY),
      number('--reports <n>', 'reports', MANY),
      number('--datasets <n>', 'datasets', MANY),
      option('--audit-log', 'add a workbook with the audit log'),
      choice('--api <year>', 'version of the API, by year', Object.keys(NOVELTIES_OF_API)).default('2026'),
      choice('--without <novelty...>', 'leave out features that are new in 2026', NOVELTIES),
      choice('--with <novelty...>', 'add features that --api 2025 lacks', NOVELTIES),
      number('--latency <ms>', 'delay of every answer in ms', MANY, 0),
      choice('--compress <coding...>', 'codings for compressed answers', CODINGS).default([
        'zstd',
        'br',
        'gzip',
      ]),
      option('--client-id <id>', 'accepted client id', 'simulator-client'),
      option('--client-secret <secret>', 'accepted client secret', 'simulator-secret'),
    ],
    help: `${examples(
      'simulate --port 8787 --workbooks 2000',
      'simulate --api 2025                       the API as specified in November 2025',
      'simulate --without shortGrantIds dataFiles',
    )}\
  $ export SIGMA_BASE_URL=http://127.0.0.1:8787 SIGMA_CLIENT_ID=simulator-client SIGMA_CLIENT_SECRET=simulator-secret
  $ sigma-sync sync
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/mutate -d '{"random": 10}'
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/faults -d '{"kinds": ["429", "500", "cut"], "rate": 0.1}'

With --audit-log, events arrive when the simulator's clock moves. Changes move it, and so does this:
  $ curl -s -X POST http://127.0.0.1:8787/_simulator/clock -d '{"advanceMs": 86400000}'
`,
    opensDatabase: false,
    load: () => import('../commands/run/simulate.ts'),
  },
  {
    name: 'demo',
    summary: 'sync a simulated organization into an embedded database; needs no account',
    options: [
      number('--workbooks <n>', 'workbooks of the organization', [1, 100_000], 150),
      number('--seed <n>', 'each seed makes another organization', [0, 2 ** 31], 1),
      directory('create the database in this new folder instead of .sigma-sync/demo'),
    ],
    help: examples('demo --workbooks 1000'),
    load: () => import('../commands/run/demo.ts'),
  },
];
