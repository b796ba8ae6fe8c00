/** Many organizations behind one page, as the page sees them; and the sites of those that are visited. */
import type { Hono } from 'hono';
import type { OrganizationConfig } from '../../config/fleet.ts';
import type { Env } from './guard.ts';
import type { ServiceControl } from './service-control.ts';

/** An organization whose pages can be shown. */
export interface OpenOrganization {
  readonly control: ServiceControl;
  /** True if the process works on it no longer, or by another control. */
  readonly isGone?: () => boolean;
  /** Lets go of it: its pages are opened again by the next visit. */
  close(): Promise<void>;
}

/** The organizations of a process. */
export interface Organizations {
  /** Those of the settings in force. The list is another one after a reload. */
  all(): readonly OrganizationConfig[];
  /** Opens one of them; a text says why it can't be. */
  open(name: string): Promise<OpenOrganization | string>;
}

/** Path of the sites of organizations, before their names. */
const PREFIX = '/o';

/** The path that the site of an organization stands under. Names are letters, digits and underscores. */
export const baseOf = (name: string): string => `${PREFIX}/${name}`;

/** Sites that stay open. Each holds its settings and a few answers, and no connection of its own. */
export const MOST_SITES = 20;
/** A site that is let go of may still be answering, in milliseconds. */
const LINGER_MS = 60_000;

/** A site that was visited. */
interface OpenSite {
  readonly opened: OpenOrganization;
  readonly routes: Hono<Env>;
}

/** The sites of organizations: opened by the first visit, and closed if others were visited since. */
export class OrganizationSites {
  readonly #organizations: Organizations;
  readonly #routes: (control: ServiceControl, name: string) => Hono<Env>;
  /** The one that was visited last comes last. */
  readonly #sites = new Map<string, Promise<OpenSite | string>>();
  readonly #leaving = new Map<NodeJS.Timeout, OpenOrganization>();

  /** @param routes makes the site of one organization */
  constructor(organizations: Organizations, routes: (control: ServiceControl, name: string) => Hono<Env>) {
    this.#organizations = organizations;
    this.#routes = routes;
  }

  /** Sites that are open. */
  get size(): number {
    return this.#sites.size;
  }

  /** The site of an organization; a text says why there is none. */
  async visit(name: string): Promise<Hono<Env> | string> {
    if (!this.#organizations.all().some((one) => one.name === name)) {
      await this.#leave(name);
      return 'The settings have no organization of this name.';
    }
    const known = await this.#sites.get(name)?.catch(() => undefined);
    if (typeof known === 'object' && known.opened.isGone?.() === true) await this.#leave(name);
    const site = this.#sites.get(name) ?? this.#open(name);
    this.#sites.delete(name);
    this.#sites.set(name, site);
    const found = await site.catch((error: unknown) => {
      this.#sites.delete(name);
      throw error;
    });
    await this.#makeRoom(name);
    if (typeof found !== 'string') return found.routes;
    this.#sites.delete(name);
    return found;
  }

  async #open(name: string): Promise<OpenSite | string> {
    const opened = await this.#organizations.open(name);
    return typeof opened === 'string' ? opened : { opened, routes: this.#routes(opened.control, name) };
  }

  /** Closes the sites that were not visited for longest, as far as nothing runs in them. */
  async #makeRoom(visited: string): Promise<void> {
    for (const [name, site] of [...this.#sites]) {
      if (this.#sites.size <= MOST_SITES) return;
      if (name === visited) continue;
      const found = await site.catch(() => undefined);
      const isBusy = typeof found === 'object' && found.opened.control.running().length > 0;
      if (!isBusy) await this.#leave(name);
    }
  }

  async #leave(name: string): Promise<void> {
    const site = await this.#sites.get(name)?.catch(() => undefined);
    this.#sites.delete(name);
    if (typeof site !== 'object') return;
    const timer = setTimeout(() => {
      this.#leaving.delete(timer);
      void site.opened.close();
    }, LINGER_MS).unref();
    this.#leaving.set(timer, site.opened);
  }

  /** Closes all of them. */
  async close(): Promise<void> {
    const sites = await Promise.all([...this.#sites.values()].map((site) => site.catch(() => undefined)));
    this.#sites.clear();
    for (const timer of this.#leaving.keys()) clearTimeout(timer);
    const all = [
      ...sites.flatMap((site) => (typeof site === 'object' ? [site.opened] : [])),
      ...this.#leaving.values(),
    ];
    this.#leaving.clear();
    await Promise.all(all.map((opened) => opened.close()));
  }
}
