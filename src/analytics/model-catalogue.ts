/** The models, each after those it is made of. */
import type { Model } from './model.ts';
import { accessChanges } from './models/access-changes.ts';
import { accessExposure } from './models/access-exposure.ts';
import { accessMatrix } from './models/access-matrix.ts';
import { answerLimits } from './models/answer-limits.ts';
import { brokenElements } from './models/broken-elements.ts';
import { cronField, cronRuns } from './models/cron-runs.ts';
import { directGrants } from './models/direct-grants.ts';
import { duplicateReports } from './models/duplicate-reports.ts';
import { duplicateWorkbooks } from './models/duplicate-workbooks.ts';
import { externalMembers } from './models/external-members.ts';
import { growth } from './models/growth.ts';
import { licenceUse } from './models/licence-use.ts';
import { lineage } from './models/lineage.ts';
import { lineageNodes } from './models/lineage-nodes.ts';
import { memberActivity } from './models/member-activity.ts';
import { objectNames } from './models/object-names.ts';
import { openings } from './models/openings.ts';
import { orphanedContent } from './models/orphaned-content.ts';
import { reportInventory } from './models/report-inventory.ts';
import { scheduleFailures, scheduleLoad } from './models/schedule-load.ts';
import { staleReports } from './models/stale-reports.ts';
import { staleWorkbooks } from './models/stale-workbooks.ts';
import { impactOf, impactSteps, upstreamOf, upstreamSteps } from './models/walks.ts';
import { whyAccess } from './models/why-access.ts';
import { workbookInventory } from './models/workbook-inventory.ts';

/** All models in the order in which they are created and refreshed. */
export const models: readonly Model[] = [
  openings,
  lineage,
  workbookInventory,
  reportInventory,
  staleWorkbooks,
  staleReports,
  orphanedContent,
  duplicateWorkbooks,
  duplicateReports,
  brokenElements,
  memberActivity,
  licenceUse,
  externalMembers,
  accessMatrix,
  whyAccess,
  accessExposure,
  directGrants,
  accessChanges,
  lineageNodes,
  impactOf,
  upstreamOf,
  impactSteps,
  upstreamSteps,
  cronField,
  cronRuns,
  scheduleLoad,
  scheduleFailures,
  objectNames,
  growth,
  answerLimits,
];
