/** A second PostgreSQL server that belongs to one test, which may kill it, restart it or fill its disk. */
import {
  createNativeServer,
  type NativeServer,
  type ServerOptions,
  type StartOptions,
} from './native-server.ts';

/** See {@link startPrivatePostgres}. */
export interface PrivatePostgres extends NativeServer, AsyncDisposable {}

/**
 * Starts a server on a port of its own, in under a second. Leaving the scope ends it and removes its data.
 *
 * @example
 * await using server = await startPrivatePostgres();
 * const database = openPostgres({ url: server.url });
 * await server.kill();
 * await server.start();
 */
export async function startPrivatePostgres(
  options: StartOptions & ServerOptions = {},
): Promise<PrivatePostgres> {
  const server = await createNativeServer(options);
  try {
    await server.start(options);
  } catch (error) {
    await server.dispose();
    throw error;
  }
  return { ...server, [Symbol.asyncDispose]: () => server.dispose() };
}
