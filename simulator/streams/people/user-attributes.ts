/** Changes to tags, templates, attributes and settings. Every id may be left out: then one is chosen. */
import type { AttributeValue } from '../../access-entities.ts';
import {
  FEATURES,
  LANGUAGES,
  makeAccountType,
  makeAllowedIp,
  makeTag,
  makeTemplate,
  makeTenant,
  makeUserAttribute,
  makeValue,
} from '../../generate-access.ts';
import { attributeName, attributeValue, templateName } from '../../store/names.ts';
import type { Ordered } from '../../store/ordered.ts';
import { DataMutations } from '../data/data-models.ts';
import { chosen, type Placement } from './teams.ts';

/** Whom a value of a user attribute is for; whatever is left out is chosen. Only one of memberId and teamId. */
export interface ValueRequest {
  readonly id?: string | undefined;
  readonly memberId?: string | undefined;
  readonly teamId?: string | undefined;
  readonly value?: string | undefined;
}

/** Mutations of access and settings, on top of those of data. */
export class AccessMutations extends DataMutations {
  addTag(name?: string, placement: Placement = {}): string {
    const order = this.nextOrder(placement.front);
    const tag = makeTag(this.random, order, name ?? `Tag ${this.random.below(1e6)}`, this.fresh());
    this.tags.add(tag);
    return tag.id;
  }

  /** Renames a tag; workbooks and data models that carry it show the new name, unmoved otherwise. */
  renameTag(id?: string, name?: string): string {
    const tag = chosen(this.tags, id, this.random);
    tag.name = name ?? `Renamed ${this.random.below(1e6)}`;
    this.touch(tag);
    return tag.id;
  }

  /** Deletes a tag, takes it off data models and templates, and deletes the tagged versions of workbooks. */
  deleteTag(id?: string): string {
    const tag = chosen(this.tags, id, this.random);
    this.tick();
    for (const workbook of this.workbooks.list.toArray())
      for (const { versionTagId, taggedWorkbookId } of workbook.tags ?? [])
        if (versionTagId === tag.id) this.removeTagged(workbook, taggedWorkbookId);
    for (const model of this.dataModels.list)
      model.tags = model.tags.filter(({ versionTagId }) => versionTagId !== tag.id);
    this.tags.delete(tag);
    return tag.id;
  }

  addTemplate(name?: string, placement: Placement = {}): string {
    const template = makeTemplate(this, this.random, this.nextOrder(placement.front), this.fresh());
    this.templates.add({ ...template, name: name ?? template.name });
    return template.id;
  }

  /** Publishes a version of a template under another name. */
  renameTemplate(id?: string, name?: string): string {
    const template = chosen(this.templates, id, this.random);
    template.name = name ?? templateName(this.random, this.random.below(1e6));
    template.version++;
    this.touch(template);
    return template.id;
  }

  deleteTemplate(id?: string): string {
    const template = chosen(this.templates, id, this.random);
    this.tick();
    this.templates.delete(template);
    return template.id;
  }

  /** Adds a variant of a language's translation. */
  addTranslation(language?: string, variant?: string): string {
    const translation = {
      order: this.nextOrder(),
      id: this.random.uuid(),
      language: language ?? this.random.pick(LANGUAGES),
      variant: variant ?? `v${this.random.below(1e9)}`,
      ...this.fresh(),
    };
    this.translations.add(translation);
    return translation.id;
  }

  changeTranslation(id?: string): string {
    const translation = chosen(this.translations, id, this.random);
    this.touch(translation);
    return translation.id;
  }

  deleteTranslation(id?: string): string {
    const translation = chosen(this.translations, id, this.random);
    this.tick();
    this.translations.delete(translation);
    return translation.id;
  }

  addUserAttribute(name?: string, placement: Placement = {}): string {
    const attribute = makeUserAttribute(this, this.random, this.nextOrder(placement.front), this.fresh());
    this.userAttributes.add({ ...attribute, name: name ?? attribute.name });
    return attribute.id;
  }

  renameUserAttribute(id?: string, name?: string): string {
    const attribute = chosen(this.userAttributes, id, this.random);
    attribute.name = name ?? attributeName(this.random, this.random.below(1e6));
    this.touch(attribute);
    return attribute.id;
  }

  /** Deletes a user attribute with all its values. */
  deleteUserAttribute(id?: string): string {
    const attribute = chosen(this.userAttributes, id, this.random);
    this.tick();
    this.userAttributes.delete(attribute);
    return attribute.id;
  }

  /** Gives a member or team a value, or another one. The attribute's `updatedAt` does not move. */
  setUserAttribute(request: ValueRequest = {}): string {
    const attribute = chosen(this.userAttributes, request.id, this.random);
    const { holderId, values } = this.#holder(request, attribute);
    const value = request.value ?? `${attributeValue(this.random)} ${this.random.below(1e6)}`;
    const known = [...values].find((one) => one.id === holderId);
    if (known === undefined) values.add(makeValue(this.nextOrder(), holderId, value, this.fresh()));
    else {
      known.value = value;
      this.touch(known);
    }
    return attribute.id;
  }

  /** Takes a value away. Without a member or team one that has a value is chosen. */
  unsetUserAttribute(request: Omit<ValueRequest, 'value'> = {}): string {
    const hasValues = (one: { members: { length: number }; teams: { length: number } }): boolean =>
      one.members.length + one.teams.length > 0;
    const attribute = chosen(this.userAttributes, request.id, this.random, hasValues);
    const holder = request.memberId ?? request.teamId;
    for (const values of [attribute.members, attribute.teams]) {
      const value = holder === undefined ? values.at(0) : [...values].find(({ id }) => id === holder);
      if (value === undefined) continue;
      this.tick();
      values.delete(value);
      return attribute.id;
    }
    throw new RangeError(`${holder ?? 'nobody'} has no value for the user attribute ${attribute.id}`);
  }

  addAccountType(name?: string): string {
    this.tick();
    const called = name ?? `Custom ${this.random.below(1e6)}`;
    const type = makeAccountType(this.random, this.nextOrder(), called, true);
    this.accountTypes.add(type);
    return type.id;
  }

  /** Gives or takes one permission of an account type. */
  changeAccountType(id?: string): string {
    const type = chosen(this.accountTypes, id, this.random);
    this.tick();
    const feature = this.random.pick(FEATURES);
    const others = type.permissions.filter((one) => one !== feature);
    type.permissions = others.length < type.permissions.length ? others : [...others, feature];
    return type.id;
  }

  /** Deletes an account type with its permissions; only a custom one is chosen. */
  deleteAccountType(id?: string): string {
    const type = chosen(this.accountTypes, id, this.random, ({ isCustom }) => isCustom);
    this.tick();
    this.accountTypes.delete(type);
    return type.id;
  }

  addTenant(name?: string): string {
    const tenant = makeTenant(this.random, this.nextOrder(), this.random.below(1e9), this.fresh());
    this.tenants.add({ ...tenant, name: name ?? tenant.name });
    return tenant.id;
  }

  deleteTenant(id?: string): string {
    const tenant = chosen(this.tenants, id, this.random);
    this.tick();
    this.tenants.delete(tenant);
    return tenant.id;
  }

  /** Allows an address. The newest comes first in its listing. */
  allowIp(): string {
    const entry = makeAllowedIp(this.random, this.nextOrder(true), this.fresh());
    this.allowedIps.add(entry);
    return entry.id;
  }

  disallowIp(id?: string): string {
    const entry = chosen(this.allowedIps, id, this.random);
    this.tick();
    this.allowedIps.delete(entry);
    return entry.id;
  }

  #holder(
    { memberId, teamId }: ValueRequest,
    attribute: { readonly members: Ordered<AttributeValue>; readonly teams: Ordered<AttributeValue> },
  ): { holderId: string; values: Ordered<AttributeValue> } {
    if (memberId !== undefined && teamId !== undefined)
      throw new RangeError('a value is for a member or for a team, not for both');
    const byChance = memberId === undefined && this.teams.size > 0 && this.random.next() < 0.3;
    if (teamId !== undefined || byChance)
      return { holderId: chosen(this.teams, teamId, this.random).id, values: attribute.teams };
    return { holderId: chosen(this.members, memberId, this.random).id, values: attribute.members };
  }
}
