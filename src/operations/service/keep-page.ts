/** The page of a process: it starts, and moves if a reload of the settings says so. */
import type { Config } from '../../config/schema.ts';
import { describeError } from '../../core/errors.ts';
import type { Web } from '../web/start-web.ts';

/** A page that is kept where the settings want it. */
export interface KeptPage {
  readonly url: string;
  /** Moves it where the settings in force want it; if it can't go there, it stays where it was. */
  move(): Promise<void>;
  stopping(): void;
  close(): Promise<void>;
}

/** Dependencies of a page that is kept. */
export interface KeepPageOptions {
  /** The settings in force. */
  readonly settings: () => Config['service'];
  /** Starts it where these want it. @throws ConfigError where it can't listen */
  readonly start: () => Promise<Web>;
  /** Called with the reason if it could not move. */
  readonly onFailure: (error: string) => void;
}

/** Starts the page. @throws ConfigError where it can't listen at first. */
export async function keepPage({ settings, start, onFailure }: KeepPageOptions): Promise<KeptPage> {
  const wanted = (): string => `${settings().host} ${settings().port}`;
  let address: string | undefined = wanted();
  let { port } = settings();
  let web = await start();
  let moving: Promise<void> = Promise.resolve();
  const move = async (): Promise<void> => {
    if (wanted() === address) return;
    address = wanted();
    try {
      // On the same port the old page is in the way; else it stays where it is until the new one answers.
      if (settings().port === port) await web.close();
      const moved = await start();
      await web.close();
      web = moved;
      ({ port } = settings());
    } catch (error) {
      // The next reload tries again, be the address the same.
      address = undefined;
      onFailure(describeError(error));
    }
  };
  return {
    get url() {
      return web.url;
    },
    // One move after the other: the later one must not find the page between two places.
    move: () => {
      moving = moving.then(move);
      return moving;
    },
    stopping: () => web.stopping(),
    close: () => moving.then(() => web.close()),
  };
}
