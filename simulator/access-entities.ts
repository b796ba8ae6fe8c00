/** Tags, templates, attributes and settings of an organization as the simulator keeps them. */
import type { Stamps } from './entities.ts';
import type { HasOrder, Ordered } from './store/ordered.ts';

export interface VersionTag extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly description: string | undefined;
  readonly ownerId: string;
  readonly archived: boolean;
}

export interface Template extends Stamps, HasOrder {
  readonly id: string;
  readonly urlId: string;
  name: string;
  version: number;
  readonly archived: boolean;
  /** Id of a version tag. */
  readonly tagId: string | undefined;
}

export interface Translation extends Stamps, HasOrder {
  readonly id: string;
  readonly language: string;
  readonly variant: string | null;
}

/** The value a member or team has for a user attribute. `id` is the member's or team's. */
export interface AttributeValue extends Stamps, HasOrder {
  readonly id: string;
  value: string;
}

export interface UserAttribute extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly description: string | null | undefined;
  readonly defaultValue: string | null | undefined;
  readonly members: Ordered<AttributeValue>;
  readonly teams: Ordered<AttributeValue>;
}

export interface AccountType extends HasOrder {
  readonly id: string;
  name: string;
  readonly description: string;
  readonly isCustom: boolean;
  permissions: readonly string[];
}

export interface Tenant extends Stamps, HasOrder {
  readonly id: string;
  name: string;
  readonly slug: string;
  readonly sharedAt: number | undefined;
}

export interface AllowedIp extends Stamps, HasOrder {
  readonly id: string;
  readonly ip: string;
  readonly scope: 'public-api' | 'ui' | 'both';
  readonly description: string | undefined;
}
