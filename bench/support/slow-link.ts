/** A line between this machine and a server: so many bits a second each way, for all connections together, and a delay. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Bandwidth and delay of a line. */
export interface LinkSpeed {
  readonly megabits: number;
  readonly roundTripMs: number;
}

/** A line that is open. */
export interface SlowLink extends AsyncDisposable {
  readonly url: string;
}

/** A connection waits with reading where so much of it is under way. */
const MOST_UNDER_WAY = 512 * 1024;

/**
 * Forwards to a server of this machine. Bytes go one after the other through the line and arrive when the delay has
 * passed; a new connection takes a round trip. The pace that TCP itself finds is not modelled.
 */
export async function openSlowLink(target: string, { megabits, roundTripMs }: LinkSpeed): Promise<SlowLink> {
  const bytesPerMs = (megabits * 1_000_000) / 8 / 1000;
  const [up, down] = [direction(bytesPerMs, roundTripMs / 2), direction(bytesPerMs, roundTripMs / 2)];
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: Number(new URL(target).port), host: '127.0.0.1', noDelay: true });
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', end).on('close', () => void open.delete(socket));
    }
    // A client that says hello in a round trip can say nothing else before.
    up(near, far, roundTripMs);
    down(far, near, 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

interface Parcel {
  readonly at: number;
  readonly arrive: () => void;
}

/** One way of the line: gives a function that sends through it what a socket reads. */
function direction(bytesPerMs: number, delayMs: number) {
  const parcels: Parcel[] = [];
  let freeAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    for (
      let parcel = parcels[0];
      parcel !== undefined && parcel.at <= performance.now();
      parcel = parcels[0]
    ) {
      parcels.shift();
      parcel.arrive();
    }
    const [next] = parcels;
    if (next !== undefined) timer = setTimeout(deliver, Math.max(0, next.at - performance.now()));
  };
  const send = (bytes: number, notBefore: number, arrive: () => void): void => {
    freeAt = Math.max(freeAt, performance.now()) + bytes / bytesPerMs;
    // Kept in the order of arrival: a connection that still says hello must not hold up the others.
    const at = Math.max(freeAt + delayMs, notBefore);
    const place = parcels.findLastIndex((parcel) => parcel.at <= at) + 1;
    parcels.splice(place, 0, { at, arrive });
    if (place > 0 && timer !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(deliver, Math.max(0, at - performance.now()));
  };
  return (from: Socket, to: Socket, helloMs: number): void => {
    const readyAt = performance.now() + helloMs;
    let underWay = 0;
    from.on('data', (bytes) => {
      underWay += bytes.length;
      if (underWay > MOST_UNDER_WAY) from.pause();
      send(bytes.length, readyAt, () => {
        underWay -= bytes.length;
        if (underWay <= MOST_UNDER_WAY) from.resume();
        to.write(bytes);
      });
    });
    from.on('end', () => send(0, readyAt, () => to.end()));
    from.on('close', () => send(0, readyAt, () => to.destroySoon()));
  };
}
