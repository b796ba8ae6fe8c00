/** The simulator in a process of its own, so that its work and memory are not those of the sync. */
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';
import type { ElementPlace } from '../../simulator/exports/export-mutations.ts';
import type { OrganizationOptions } from '../../simulator/organization.ts';
import { cpuSeconds, start } from './node-child.ts';

/** Sizes of a simulated organization. */
export type Sizes = Pick<OrganizationOptions, 'elements' | 'reports' | 'dataModels'> &
  Required<Pick<OrganizationOptions, 'seed' | 'workbooks' | 'members' | 'teams' | 'grants'>>;

/** The counters of a simulator. */
export interface Counts {
  readonly requests: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly now: number;
}

/** The options with which it is started. */
export interface SimulatorFlags {
  readonly latencyMs?: number;
  readonly nodeFlags?: readonly string[];
  /** Codings with which it compresses answers, `none` being one of them; default: all of them. */
  readonly compress?: string;
}

/** A running simulator. */
export interface SimulatorProcess extends AsyncDisposable {
  /** Settings that point the command line at it. */
  readonly env: Readonly<Record<string, string>>;
  /** Processor seconds so far. */
  cpu(): number | undefined;
  /** Makes one change, by the name of its operation. */
  mutate(change: Readonly<Record<string, unknown>>): Promise<void>;
  /** Requests since the last reset and their bytes on the wire, and the simulator's logical clock in milliseconds. */
  counters(): Promise<Counts>;
  resetCounters(): Promise<void>;
  /** Adds an element of so many rows, which can be exported. */
  addBigExport(rows: number): Promise<ElementPlace>;
}

/** Starts it; big organizations take some seconds to make. @throws Error where it does not start */
export async function startSimulatorProcess(
  sizes: Sizes,
  { latencyMs = 0, nodeFlags = [], compress }: SimulatorFlags = {},
): Promise<SimulatorProcess> {
  const flags = Object.entries({ port: 0, latency: latencyMs, ...sizes });
  const args = flags.flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`,
    String(value),
  ]);
  if (compress !== undefined) args.push('--compress', compress);
  const v8 = ['--max-old-space-size=8192', ...nodeFlags];
  const child = start(v8, ['simulate', ...args], { cwd: tmpdir(), env: {} });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the simulator has no output');
  stderr.pipe(process.stderr);
  const ended = once(child, 'exit');
  let url: string | undefined;
  for await (const line of createInterface({ input: stdout })) {
    url = /at (http:\S+?);/.exec(line)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error('the simulator did not start');
  stdout.resume();
  const control = `${url}/_simulator`;
  return {
    env: {
      SIGMA_BASE_URL: url,
      SIGMA_CLIENT_ID: 'simulator-client',
      SIGMA_CLIENT_SECRET: 'simulator-secret',
    },
    cpu: () => cpuSeconds(child.pid),
    async mutate(change) {
      const answer = await fetch(`${control}/mutate`, { method: 'POST', body: JSON.stringify(change) });
      if (!answer.ok) throw new Error(`mutate: ${await answer.text()}`);
      await answer.arrayBuffer();
    },
    async counters() {
      const [counters, about] = await Promise.all(
        [`${control}/counters`, control].map(async (address) => (await fetch(address)).json()),
      );
      return {
        requests: numberIn(counters, 'requests'),
        bytesReceived: numberIn(counters, 'bytesReceived'),
        bytesSent: numberIn(counters, 'bytesSent'),
        now: numberIn(about, 'now'),
      };
    },
    async resetCounters() {
      await fetch(`${control}/counters/reset`, { method: 'POST' });
    },
    async addBigExport(rows) {
      const answer = await fetch(`${control}/big-export`, { method: 'POST', body: JSON.stringify({ rows }) });
      if (!answer.ok) throw new Error(`big-export: ${await answer.text()}`);
      return (await answer.json()) as ElementPlace;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function numberIn(body: unknown, name: string): number {
  const value: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, name) : undefined;
  if (typeof value === 'number') return value;
  throw new Error(`the simulator gives no ${name}`);
}
