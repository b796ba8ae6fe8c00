/** A connection that can be cut: a TCP proxy in front of a server, which goes away and comes back on the same port. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** See {@link tcpProxy}. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open. */
  open(): number;
  /** Breaks what is open, and refuses what comes. */
  cut(): Promise<void>;
  /** Forwards nothing more and breaks nothing, as where packets get lost. */
  silence(): void;
  /** Is there again. */
  restore(): Promise<void>;
}

/** Forwards to a port of this machine. */
export async function tcpProxy(target: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isSilent = false;
  const server: Server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('error', end).on('close', end);
    far.on('error', end).on('close', end);
    near.on('data', (bytes) => void (isSilent || far.write(bytes)));
    far.on('data', (bytes) => void (isSilent || near.write(bytes)));
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const breakAll = (): void => {
    for (const [near, far] of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  const cut = async (): Promise<void> => {
    const closed = new Promise<void>((done) => server.close(() => done()));
    breakAll();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    open: () => pairs.size,
    cut,
    silence() {
      isSilent = true;
    },
    async restore() {
      // Bytes lost meanwhile stay lost.
      if (isSilent) breakAll();
      isSilent = false;
      if (!server.listening) await listen(port);
    },
    async [Symbol.asyncDispose]() {
      if (server.listening) await cut();
    },
  };
}

/** The URL with the port of a proxy. */
export function through(url: string, { port }: TcpProxy): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(port);
  return changed.href;
}
