/** Tags, templates, attributes and settings exactly as the API gives them. */
import type {
  AccountType,
  AllowedIp,
  AttributeValue,
  Template,
  Tenant,
  Translation,
  UserAttribute,
  VersionTag,
} from './access-entities.ts';
import type { Entry } from './entities.ts';
import { iso, stamps } from './entries.ts';
import type { Store } from './store/store.ts';

export function tagEntry(_: Store, tag: VersionTag): Entry {
  return {
    versionTagId: tag.id,
    name: tag.name,
    ownerId: tag.ownerId,
    ...stamps(tag),
    isArchived: tag.archived,
    ...(tag.description !== undefined && { description: tag.description }),
  };
}

export function templateEntry(store: Store, template: Template): Entry {
  const tag = template.tagId === undefined ? undefined : store.tags.get(template.tagId);
  return {
    templateId: template.id,
    templateUrlId: template.urlId,
    name: template.name,
    url: `https://app.sigmacomputing.com/example/template/${template.urlId}`,
    path: 'Templates',
    latestVersion: template.version,
    ...stamps(template),
    isArchived: template.archived,
    ...(tag !== undefined && { tags: [{ versionTagId: tag.id, name: tag.name }] }),
  };
}

/** The API spells these fields so. */
export function translationEntry(_: Store, translation: Translation): Entry {
  const { language, variant } = translation;
  return { lng: language, locale: language, lng_variant: variant, ...stamps(translation) };
}

export function userAttributeEntry(_: Store, attribute: UserAttribute): Entry {
  const { description, defaultValue } = attribute;
  return {
    userAttributeId: attribute.id,
    name: attribute.name,
    ...stamps(attribute),
    ...(description !== undefined && { description }),
    ...(defaultValue !== undefined && { defaultValue: defaultValue === null ? null : typed(defaultValue) }),
  };
}

export function memberValueEntry(value: AttributeValue): Entry {
  return { userId: value.id, value: typed(value.value), ...stamps(value) };
}

/** A team's place decides where a member is in several; the first one given a value comes first. */
export function teamValueEntry(value: AttributeValue): Entry {
  return { teamId: value.id, value: typed(value.value), priority: value.order, ...stamps(value) };
}

function typed(val: string): Entry {
  return { val, type: 'string' };
}

export function accountTypeEntry(_: Store, { id, name, description, isCustom }: AccountType): Entry {
  return { accountTypeId: id, accountTypeName: name, description, isCustom };
}

export function permissionEntries({ permissions }: AccountType): Entry[] {
  return permissions.map((permission) => ({ permission, description: `Allows “${permission}”` }));
}

export function tenantEntry(store: Store, tenant: Tenant): Entry {
  return {
    tenantOrganizationId: tenant.id,
    parentOrganizationId: store.organizationId,
    ...stamps(tenant),
    tenantOrganizationName: tenant.name,
    tenantOrganizationSlug: tenant.slug,
    ...(tenant.sharedAt !== undefined && { sharedAt: iso(tenant.sharedAt) }),
  };
}

export function allowedIpEntry(_: Store, { id, ip, scope, description, ...rest }: AllowedIp): Entry {
  return {
    ipAllowlistEntryId: id,
    ip,
    scope,
    ...(description !== undefined && { description }),
    ...stamps(rest),
  };
}
