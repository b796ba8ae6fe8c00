/** Changes to connections, data models and datasets. Every id may be left out: then one is chosen. */

import type { ConnectionPath, DataModel, Dataset } from '../../data-entities.ts';
import type { Grant } from '../../entities.ts';
import {
  CONNECTION_PERMISSIONS,
  makeConnection,
  makeConnectionGrant,
  makeConnectionPath,
  makeDataModel,
  makeDataset,
} from '../../generate-data.ts';
import { connectionName, datasetName, modelName } from '../../store/names.ts';
import { ContentMutations } from '../content/workbooks.ts';
import { chosen, type Placement } from '../people/teams.ts';

const live = (one: { readonly archived: boolean }): boolean => !one.archived;
const archived = (one: { readonly archived: boolean }): boolean => one.archived;

/** Mutations of what data comes from, on top of those of content. */
export class DataMutations extends ContentMutations {
  addConnection(name?: string, placement: Placement = {}): string {
    const order = this.nextOrder(placement.front);
    const number = this.connections.size + 100;
    const connection = makeConnection(this.random, order, number, this.fresh());
    this.connections.add({ ...connection, archived: false, name: name ?? connection.name });
    return connection.id;
  }

  renameConnection(id?: string, name?: string): string {
    const connection = chosen(this.connections, id, this.random);
    connection.name = name ?? connectionName(this.random, this.random.below(1e6));
    this.touch(connection);
    return connection.id;
  }

  /** An archived connection leaves the plain listing; its paths and grants stay. */
  archiveConnection(id?: string): string {
    const connection = chosen(this.connections, id, this.random, live);
    connection.archived = true;
    this.touch(connection);
    return connection.id;
  }

  /** Deletes a connection with its paths and the grants on both. */
  deleteConnection(id?: string): string {
    const connection = chosen(this.connections, id, this.random);
    this.tick();
    for (const path of this.connectionPaths.list.toArray())
      if (path.connectionId === connection.id) this.#dropPath(path);
    this.connectionGrants.deleteOf(connection.id);
    this.connections.delete(connection);
    return connection.id;
  }

  /** Adds a path to a connection and returns the path's `urlId`. The connection's `updatedAt` does not move. */
  addConnectionPath(connectionId?: string, placement: Placement = {}): string {
    const connection = chosen(this.connections, connectionId, this.random);
    this.tick();
    const path = makeConnectionPath(this.random, this.nextOrder(placement.front), connection.id);
    this.connectionPaths.add(path);
    return path.id;
  }

  deleteConnectionPath(id?: string): string {
    const path = chosen(this.connectionPaths, id, this.random);
    this.tick();
    this.#dropPath(path);
    return path.id;
  }

  /** Gives someone a permission on a connection and returns the grant's id. */
  grantConnection(connectionId?: string): string {
    const { id } = chosen(this.connections, connectionId, this.random);
    return this.#grantOn(id, 'connection');
  }

  /** Gives someone a permission on a connection path and returns the grant's id. */
  grantConnectionPath(pathId?: string): string {
    const { inodeId } = chosen(this.connectionPaths, pathId, this.random);
    return this.#grantOn(inodeId, 'connection-path');
  }

  /** Takes a grant on a connection or connection path away. */
  revokeConnection(id?: string): string {
    const grant = chosen(this.connectionGrants, id, this.random);
    this.tick();
    this.connectionGrants.delete(grant);
    return grant.id;
  }

  changeConnectionPermission(id?: string, permission?: string): string {
    const grant = chosen(this.connectionGrants, id, this.random);
    const others = CONNECTION_PERMISSIONS.filter((known) => known !== grant.permission);
    grant.permission = permission ?? this.random.pick(others);
    this.touch(grant);
    return grant.id;
  }

  addDataModel(name?: string, placement: Placement = {}): string {
    const place = {
      order: this.nextOrder(placement.front),
      parentId: this.#parentId(),
      ownerId: this.owner.id,
    };
    const model = makeDataModel(this.random, place, 1, this.fresh());
    this.dataModels.add({ ...model, name: name ?? model.name });
    return model.id;
  }

  renameDataModel(id?: string, name?: string): string {
    const model = chosen(this.dataModels, id, this.random, live);
    model.name = name ?? `${modelName(this.random)} r${this.random.below(1e6)}`;
    this.touch(model);
    return model.id;
  }

  /** Publishes a version: `latestVersion` and `updatedAt` move and the elements change. */
  publishDataModel(id?: string): string {
    const model = chosen(this.dataModels, id, this.random, live);
    model.version++;
    this.touch(model);
    return model.id;
  }

  archiveDataModel(id?: string): string {
    return this.#archive(chosen(this.dataModels, id, this.random, live), true);
  }

  unarchiveDataModel(id?: string): string {
    return this.#archive(chosen(this.dataModels, id, this.random, archived), false);
  }

  deleteDataModel(id?: string): string {
    const model = chosen(this.dataModels, id, this.random);
    this.tick();
    this.grants.deleteOf(model.id);
    this.dataModels.delete(model);
    return model.id;
  }

  /** Sets a tag on the present version of a data model. Neither its version nor its `updatedAt` moves. */
  tagDataModel(id?: string, tagId?: string): string {
    const model = chosen(this.dataModels, id, this.random, live);
    const { id: versionTagId } = chosen(this.tags, tagId, this.random);
    const tag = { versionTagId, sourceVersion: model.version, taggedAt: this.tick() };
    model.tags = [...model.tags.filter((one) => one.versionTagId !== versionTagId), tag];
    return model.id;
  }

  /** Changes the materialization schedules of a data model, which shows in nothing else. */
  changeDataModelSchedules(id?: string): string {
    const model = chosen(this.dataModels, id, this.random, live);
    this.tick();
    this.revisions.raise('data_model_materialization_schedules', model.id);
    return model.id;
  }

  addDataset(name?: string, placement: Placement = {}): string {
    const place = { order: this.nextOrder(placement.front), parentId: this.#parentId(), hidden: false };
    const dataset = makeDataset(this.random, place, this.fresh());
    this.datasets.add({ ...dataset, name: name ?? dataset.name });
    return dataset.id;
  }

  /** Renames a dataset. Its sources may change too; `updatedAt` tells of both. */
  renameDataset(id?: string, name?: string): string {
    const dataset = chosen(this.datasets, id, this.random, live);
    dataset.name = name ?? `${datasetName(this.random)} r${this.random.below(1e6)}`;
    dataset.version++;
    this.touch(dataset);
    return dataset.id;
  }

  archiveDataset(id?: string): string {
    return this.#archive(chosen(this.datasets, id, this.random, live), true);
  }

  unarchiveDataset(id?: string): string {
    return this.#archive(chosen(this.datasets, id, this.random, archived), false);
  }

  deleteDataset(id?: string): string {
    const dataset = chosen(this.datasets, id, this.random);
    this.tick();
    this.grants.deleteOf(dataset.id);
    this.datasets.delete(dataset);
    return dataset.id;
  }

  /** Adds a materialization to a dataset's history. Its `updatedAt` does not move. */
  materializeDataset(id?: string): string {
    const dataset = chosen(this.datasets, id, this.random, live);
    this.tick();
    this.revisions.raise('dataset_materializations', dataset.id);
    return dataset.id;
  }

  #archive(document: DataModel | Dataset, isArchived: boolean): string {
    document.archived = isArchived;
    this.touch(document);
    return document.id;
  }

  #dropPath(path: ConnectionPath): void {
    this.connectionGrants.deleteOf(path.inodeId);
    this.connectionPaths.delete(path);
  }

  #grantOn(inodeId: string, inodeType: Grant['inodeType']): string {
    const on = { order: this.nextOrder(), inodeId, inodeType };
    const grant = makeConnectionGrant(this, this.random, on, this.fresh());
    this.connectionGrants.add(grant);
    return grant.id;
  }

  #parentId(): string {
    if (this.workspaces.size === 0) return this.owner.homeFolderId;
    return chosen(this.workspaces, undefined, this.random).id;
  }
}
