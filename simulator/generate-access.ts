/** Makes tags, templates, translations, user attributes, account types, tenants and allowed addresses. */
import type {
  AccountType,
  AllowedIp,
  AttributeValue,
  Template,
  Tenant,
  UserAttribute,
  VersionTag,
} from './access-entities.ts';
import type { Stamps } from './entities.ts';
import { stampsBy } from './generate.ts';
import { attributeName, attributeValue, description, templateName } from './store/names.ts';
import { Ordered } from './store/ordered.ts';
import { Random } from './store/random.ts';
import { EPOCH, type Store } from './store/store.ts';

const DAY = 86_400_000;
const TAGS = ['Production', 'QA', 'Certified ✅', 'Draft "β"', 'Entwurf', 'Frozen'] as const;
const ACCOUNT_TYPES = ['Admin', 'Creator', 'Explorer', 'Viewer', 'Analyst (extern)'] as const;
/** Features an account type can allow. */
export const FEATURES = [
  ...(['create-workbook', 'export-data', 'schedule-export', 'use-input-tables', 'manage-users'] as const),
  ...(['publish-template', 'write-sql', 'embed', 'explore', 'view'] as const),
] as const;
/** Languages translations are made for; with each, variants can be added. */
export const LANGUAGES = ['en', 'de', 'fr', 'ja', 'pt-BR'] as const;
/** Members and teams that have a value for a user attribute, at most. */
const VALUES = 120;

export function makeTag(random: Random, order: number, name: string, stamps: Stamps): VersionTag {
  const id = random.uuid();
  const described = random.next() < 0.5 ? description(random) : undefined;
  return { order, id, name, description: described, ownerId: stamps.createdBy, archived: false, ...stamps };
}

export function makeTemplate(store: Store, random: Random, order: number, stamps: Stamps): Template {
  const tags = store.tags.list.toArray();
  return {
    order,
    id: random.uuid(),
    urlId: random.base62(22),
    name: templateName(random, store.templates.size + 1),
    version: 1 + random.below(4),
    archived: random.next() < 0.1,
    tagId: tags.length > 0 && random.next() < 0.4 ? random.pick(tags).id : undefined,
    ...stamps,
  };
}

export function makeUserAttribute(
  store: Store,
  random: Random,
  order: number,
  stamps: Stamps,
): UserAttribute {
  const roll = random.next();
  return {
    order,
    id: random.uuid(),
    name: attributeName(random, store.userAttributes.size + 1),
    description: roll < 0.3 ? null : roll < 0.6 ? undefined : description(random),
    defaultValue: roll < 0.2 ? null : roll < 0.5 ? undefined : attributeValue(random),
    members: new Ordered(),
    teams: new Ordered(),
    ...stamps,
  };
}

export function makeAccountType(random: Random, order: number, name: string, isCustom: boolean): AccountType {
  const permissions = FEATURES.filter(() => random.next() < 0.6);
  return {
    order,
    id: random.uuid(),
    name,
    description: isCustom ? description(random) : `The account type ${name}`,
    isCustom,
    permissions: permissions.length > 0 ? permissions : ['view'],
  };
}

export function makeTenant(random: Random, order: number, number: number, stamps: Stamps): Tenant {
  const sharedAt = random.next() < 0.5 ? stamps.updatedAt : undefined;
  return {
    order,
    id: random.uuid(),
    name: `Tenant “${number}”`,
    slug: `tenant-${number}`,
    sharedAt,
    ...stamps,
  };
}

export function makeAllowedIp(random: Random, order: number, stamps: Stamps): AllowedIp {
  const ip = `203.0.113.${random.below(256)}`;
  return {
    order,
    id: random.uuid(),
    ip: random.next() < 0.3 ? `${ip}/32` : ip,
    scope: random.pick(['public-api', 'ui', 'both'] as const),
    description: random.next() < 0.5 ? undefined : description(random),
    ...stamps,
  };
}

export function generateAccess(store: Store): void {
  const random = new Random(store.seed, 'access');
  const owner = store.owner.id;
  const stamps = (): Stamps => stampsBy(random, owner);
  for (const name of TAGS) store.tags.add(makeTag(random, store.nextOrder(), name, stamps()));
  for (let i = 0; i < 4; i++) store.templates.add(makeTemplate(store, random, store.nextOrder(), stamps()));
  for (const [i, language] of LANGUAGES.slice(0, 4).entries())
    for (const variant of i % 2 === 0 ? [null] : [null, `formal-${i}`])
      store.translations.add({ order: store.nextOrder(), id: random.uuid(), language, variant, ...stamps() });
  for (const [i, name] of ACCOUNT_TYPES.entries())
    store.accountTypes.add(makeAccountType(random, store.nextOrder(), name, i === 4));
  for (let number = 1; number <= 3; number++)
    store.tenants.add(makeTenant(random, store.nextOrder(), number, stamps()));
  // The newest comes first in this listing.
  for (let i = 0; i < 4; i++) {
    const at = EPOCH + (200 - i) * DAY;
    const made = { createdBy: owner, updatedBy: owner, createdAt: at, updatedAt: at };
    store.allowedIps.add(makeAllowedIp(random, store.nextOrder(), made));
  }
  for (let i = 0; i < 5; i++) userAttribute(store, random, stamps());
}

function userAttribute(store: Store, random: Random, stamps: Stamps): void {
  const attribute = makeUserAttribute(store, random, store.nextOrder(), stamps);
  for (const [holders, values] of [
    [store.members.list, attribute.members],
    [store.teams.list, attribute.teams],
  ] as const)
    for (const { id } of holders.slice(0, VALUES) as readonly { readonly id: string }[])
      if (random.next() < 0.3) values.add(makeValue(store.nextOrder(), id, attributeValue(random), stamps));
  store.userAttributes.add(attribute);
}

export function makeValue(order: number, id: string, value: string, stamps: Stamps): AttributeValue {
  const { createdBy, updatedBy, createdAt, updatedAt } = stamps;
  return { order, id, value, createdBy, updatedBy, createdAt, updatedAt };
}
