/** The numbered migrations by name, in order. Never change one that was released; add the next number. */
import type { SchemaMigration } from './migration.ts';
import * as state from './0001_state.ts';
import * as coreStreams from './0002_core_streams.ts';
import * as peopleStreams from './0003_people_streams.ts';
import * as contentStreams from './0004_content_streams.ts';
import * as dataStreams from './0005_data_streams.ts';
import * as accessStreams from './0006_access_streams.ts';
import * as history from './0007_history.ts';
import * as asOf from './0008_as_of.ts';
import * as effectiveAccess from './0009_effective_access.ts';
import * as privacy from './0010_privacy.ts';
import * as exports from './0011_exports.ts';
import * as service from './0012_service.ts';
import * as analytics from './0013_analytics.ts';

export const migrations: Readonly<Record<string, SchemaMigration>> = {
  '0001_state': state,
  '0002_core_streams': coreStreams,
  '0003_people_streams': peopleStreams,
  '0004_content_streams': contentStreams,
  '0005_data_streams': dataStreams,
  '0006_access_streams': accessStreams,
  '0007_history': history,
  '0008_as_of': asOf,
  '0009_effective_access': effectiveAccess,
  '0010_privacy': privacy,
  '0011_exports': exports,
  '0012_service': service,
  '0013_analytics': analytics,
};
