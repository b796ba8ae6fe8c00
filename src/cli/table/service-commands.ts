/** The commands that run until they are stopped. */
import { type Commands, examples, number, option } from './declare.ts';

/** Schedules, workers, the page. */
export const serviceCommands: Commands = [
  {
    name: 'start',
    summary: 'run the schedules and the page until stopped',
    options: [
      option('--once', 'run what is due now, then exit'),
      option('--in-process', 'run all organizations in this process, without workers'),
    ],
    help: `${examples(
      'start                        runs the schedules, and the page on http://127.0.0.1:8080',
      'start --once                 runs what is due now, then exits: for cron and Kubernetes',
      '--config prod.yaml start',
    )}
SIGTERM and SIGINT stop it; the next start resumes. SIGHUP reloads the settings.
Several processes can share a Postgres: one runs the schedules, another takes over if it dies.
`,
    load: () => import('../commands/run/start.ts').then(({ start }) => ({ run: start })),
  },
  {
    name: 'worker',
    summary: 'run what "start" plans for many organizations',
    options: [number('--concurrency <n>', 'maximum organizations at once', [1, 64], 4)],
    help: `${examples('worker', 'worker --concurrency 8')}
Start as many workers as you need, on any number of machines with the same settings. Workers need a Postgres server.
SIGTERM and SIGINT stop it; another worker resumes its runs. SIGHUP reloads the settings.
`,
    opensDatabase: false,
    load: () => import('../commands/run/worker.ts'),
  },
  {
    name: 'serve',
    summary: 'serve the page without running the schedules',
    help: examples('serve    the page on http://127.0.0.1:8080'),
    load: () => import('../commands/run/start.ts').then(({ serve }) => ({ run: serve })),
  },
];
