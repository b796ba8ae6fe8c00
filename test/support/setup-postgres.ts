/** Global set-up of the projects that need PostgreSQL: one server and one template for all of them. */
import type { TestProject } from 'vitest/node';
import { createTemplate, dropTemplate } from './template.ts';
import { startTestServer, type TestServer } from './test-server.ts';

interface Shared {
  users: number;
  readonly ready: Promise<{ server: TestServer; template: string }>;
}

// Every project loads its own copy of this module, so what they share hangs on the process.
const registry = globalThis as { [key: symbol]: Shared | undefined };
const KEY = Symbol.for('sigma-sync.test-server');

/** Starts the server with the first project that needs it and stops it with the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const shared = registry[KEY] ?? { users: 0, ready: start() };
  registry[KEY] = shared;
  shared.users++;
  const { server, template } = await shared.ready;
  project.provide('postgresUrl', server.url);
  project.provide('postgresTemplate', template);
  return async () => {
    if (--shared.users > 0) return;
    registry[KEY] = undefined;
    try {
      await dropTemplate(server.url, template);
    } finally {
      await server.stop();
    }
  };
}

async function start(): Promise<{ server: TestServer; template: string }> {
  const server = await startTestServer();
  try {
    return { server, template: await createTemplate(server.url) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
