/** The input of every modelled operation (`mgn.md` A.2): which members it takes, which are required, and their bounds. */
import * as v from 'valibot';

import {
  accountID,
  actionID,
  applicationID,
  dateTime,
  integer,
  jobID,
  launchConfigurationTemplateID,
  list,
  nounDescription,
  nounName,
  pageMembers,
  resourceArn,
  sourceServerID,
  ssmExternalParameters,
  ssmParameters,
  tags,
  text,
  timeoutSeconds,
  waveID,
} from './shapes.ts';

const account = { accountID: v.exactOptional(accountID) };

/** InitializeService takes nothing. */
export const noInput = v.object({});

/** Calls that act on one source server. */
export const oneSourceServer = v.object({ sourceServerID, ...account });

/** What {@link oneSourceServer} parses. */
export type OneSourceServerInput = v.InferOutput<typeof oneSourceServer>;

/** StartTest, StartCutover and TerminateTargetInstances. */
export const jobStarter = v.object({
  sourceServerIDs: list(sourceServerID, 1, 200),
  tags: v.exactOptional(tags),
  ...account,
});

/** What {@link jobStarter} parses. */
export type JobStarterInput = v.InferOutput<typeof jobStarter>;

/** DescribeSourceServers; filters that are left out or empty let every server pass. */
export const describeSourceServers = v.object({
  filters: v.exactOptional(
    v.object({
      sourceServerIDs: v.exactOptional(list(sourceServerID, 0, 200)),
      isArchived: v.exactOptional(v.boolean()),
      replicationTypes: v.exactOptional(list(v.picklist(['AGENT_BASED', 'SNAPSHOT_SHIPPING']), 0, 2)),
      lifeCycleStates: v.exactOptional(
        list(
          v.picklist([
            'STOPPED',
            'NOT_READY',
            'READY_FOR_TEST',
            'TESTING',
            'READY_FOR_CUTOVER',
            'CUTTING_OVER',
            'CUTOVER',
            'DISCONNECTED',
            'DISCOVERED',
            'PENDING_INSTALLATION',
          ]),
          0,
          10,
        ),
      ),
      applicationIDs: v.exactOptional(list(applicationID, 0, 200)),
    }),
  ),
  ...pageMembers,
  ...account,
});

/** What {@link describeSourceServers} parses. */
export type DescribeSourceServersInput = v.InferOutput<typeof describeSourceServers>;

/** ChangeServerLifeCycleState; only three of the ten states may be asked for. */
export const changeServerLifeCycleState = v.object({
  sourceServerID,
  lifeCycle: v.object({ state: v.picklist(['READY_FOR_TEST', 'READY_FOR_CUTOVER', 'CUTOVER']) }),
  ...account,
});

/** What {@link changeServerLifeCycleState} parses. */
export type ChangeServerLifeCycleStateInput = v.InferOutput<typeof changeServerLifeCycleState>;

/** UpdateSourceServer, with the members of the newest model. */
export const updateSourceServer = v.object({
  sourceServerID,
  connectorAction: v.exactOptional(
    v.object({
      credentialsSecretArn: v.exactOptional(
        v.pipe(
          text(20, 100),
          v.regex(/^arn:[\w-]+:secretsmanager:([a-z]{2}-(gov-)?[a-z]+-\d)?:(\d{12})?:secret:(.+)$/),
        ),
      ),
      connectorArn: v.exactOptional(
        v.pipe(
          text(27, 100),
          v.regex(/^arn:[\w-]+:mgn:([a-z]{2}-(gov-)?[a-z]+-\d)?:(\d{12})?:connector\/(connector-[0-9a-zA-Z]{17})$/),
        ),
      ),
    }),
  ),
  userProvidedID: v.exactOptional(text(1, 256)),
  fqdnForActionFramework: v.exactOptional(text(0, 256)),
  platform: v.exactOptional(text(0, 256)),
  ...account,
});

/** What {@link updateSourceServer} parses. */
export type UpdateSourceServerInput = v.InferOutput<typeof updateSourceServer>;

/** DescribeJobs. */
export const describeJobs = v.object({
  filters: v.exactOptional(
    v.object({
      jobIDs: v.exactOptional(list(jobID, 0, 1000)),
      fromDate: v.exactOptional(dateTime),
      toDate: v.exactOptional(dateTime),
    }),
  ),
  ...pageMembers,
  ...account,
});

/** What {@link describeJobs} parses. */
export type DescribeJobsInput = v.InferOutput<typeof describeJobs>;

/** DescribeJobLogItems. */
export const describeJobLogItems = v.object({ jobID, ...pageMembers, ...account });

/** What {@link describeJobLogItems} parses. */
export type DescribeJobLogItemsInput = v.InferOutput<typeof describeJobLogItems>;

/** DeleteJob. */
export const deleteJob = v.object({ jobID, ...account });

/** What {@link deleteJob} parses. */
export type DeleteJobInput = v.InferOutput<typeof deleteJob>;

const boundedText = text(0, 256);

/** UpdateLaunchConfiguration (`mgn.md` A.5). */
export const updateLaunchConfiguration = v.object({
  sourceServerID,
  name: v.exactOptional(text(0, 128)),
  launchDisposition: v.exactOptional(v.picklist(['STOPPED', 'STARTED'])),
  targetInstanceTypeRightSizingMethod: v.exactOptional(v.picklist(['NONE', 'BASIC'])),
  copyPrivateIp: v.exactOptional(v.boolean()),
  copyTags: v.exactOptional(v.boolean()),
  licensing: v.exactOptional(v.object({ osByol: v.exactOptional(v.boolean()) })),
  bootMode: v.exactOptional(v.picklist(['LEGACY_BIOS', 'UEFI', 'USE_SOURCE'])),
  enableMapAutoTagging: v.exactOptional(v.boolean()),
  mapAutoTaggingMpeID: v.exactOptional(boundedText),
  postLaunchActions: v.exactOptional(
    v.object({
      deployment: v.exactOptional(v.picklist(['TEST_AND_CUTOVER', 'CUTOVER_ONLY', 'TEST_ONLY'])),
      s3LogBucket: v.exactOptional(text(3, 63)),
      s3OutputKeyPrefix: v.exactOptional(boundedText),
      cloudWatchLogGroupName: v.exactOptional(v.pipe(text(1, 512), v.regex(/^[.\-_/#A-Za-z0-9]+$/))),
      ssmDocuments: v.exactOptional(
        list(
          v.object({
            actionName: boundedText,
            ssmDocumentName: v.pipe(text(3, 172), v.regex(/^[A-Za-z0-9/:_.-]+$/)),
            timeoutSeconds: v.exactOptional(timeoutSeconds),
            mustSucceedForCutover: v.exactOptional(v.boolean()),
            parameters: v.exactOptional(ssmParameters),
            externalParameters: v.exactOptional(ssmExternalParameters),
          }),
          0,
          10,
        ),
      ),
    }),
  ),
  ...account,
});

/** What {@link updateLaunchConfiguration} parses. */
export type UpdateLaunchConfigurationInput = v.InferOutput<typeof updateLaunchConfiguration>;

/** ListWaves. */
export const listWaves = v.object({
  filters: v.exactOptional(
    v.object({
      waveIDs: v.exactOptional(list(waveID, 0, 200)),
      isArchived: v.exactOptional(v.boolean()),
    }),
  ),
  ...pageMembers,
  ...account,
});

/** What {@link listWaves} parses. */
export type ListWavesInput = v.InferOutput<typeof listWaves>;

/** ListApplications. */
export const listApplications = v.object({
  filters: v.exactOptional(
    v.object({
      applicationIDs: v.exactOptional(list(applicationID, 0, 200)),
      waveIDs: v.exactOptional(list(waveID, 0, 200)),
      isArchived: v.exactOptional(v.boolean()),
    }),
  ),
  ...pageMembers,
  ...account,
});

/** What {@link listApplications} parses. */
export type ListApplicationsInput = v.InferOutput<typeof listApplications>;

/** CreateWave and CreateApplication. */
export const createNoun = v.object({
  name: nounName,
  description: v.exactOptional(nounDescription),
  tags: v.exactOptional(tags),
  ...account,
});

/** What {@link createNoun} parses. */
export type CreateNounInput = v.InferOutput<typeof createNoun>;

const newNames = { name: v.exactOptional(nounName), description: v.exactOptional(nounDescription) };

/** UpdateWave. */
export const updateWave = v.object({ waveID, ...newNames, ...account });

/** What {@link updateWave} parses. */
export type UpdateWaveInput = v.InferOutput<typeof updateWave>;

/** UpdateApplication. */
export const updateApplication = v.object({ applicationID, ...newNames, ...account });

/** What {@link updateApplication} parses. */
export type UpdateApplicationInput = v.InferOutput<typeof updateApplication>;

/** DeleteWave, ArchiveWave and UnarchiveWave. */
export const oneWave = v.object({ waveID, ...account });

/** What {@link oneWave} parses. */
export type OneWaveInput = v.InferOutput<typeof oneWave>;

/** DeleteApplication, ArchiveApplication and UnarchiveApplication. */
export const oneApplication = v.object({ applicationID, ...account });

/** What {@link oneApplication} parses. */
export type OneApplicationInput = v.InferOutput<typeof oneApplication>;

/** AssociateApplications and DisassociateApplications. */
export const waveMembership = v.object({ waveID, applicationIDs: list(applicationID, 1, 50), ...account });

/** What {@link waveMembership} parses. */
export type WaveMembershipInput = v.InferOutput<typeof waveMembership>;

/** AssociateSourceServers and DisassociateSourceServers. */
export const applicationMembership = v.object({
  applicationID,
  sourceServerIDs: list(sourceServerID, 1, 50),
  ...account,
});

/** What {@link applicationMembership} parses. */
export type ApplicationMembershipInput = v.InferOutput<typeof applicationMembership>;

const actionFilters = v.exactOptional(v.object({ actionIDs: v.exactOptional(list(actionID, 0, 100)) }));

/** ListSourceServerActions. */
export const listSourceServerActions = v.object({
  sourceServerID,
  filters: actionFilters,
  ...pageMembers,
  ...account,
});

/** What {@link listSourceServerActions} parses. */
export type ListSourceServerActionsInput = v.InferOutput<typeof listSourceServerActions>;

/** ListTemplateActions, which takes no `accountID`. */
export const listTemplateActions = v.object({
  launchConfigurationTemplateID,
  filters: actionFilters,
  ...pageMembers,
});

/** What {@link listTemplateActions} parses. */
export type ListTemplateActionsInput = v.InferOutput<typeof listTemplateActions>;

/** PutSourceServerAction (`mgn.md` A.6); orders up to 1000 are reserved for predefined actions. */
export const putSourceServerAction = v.object({
  sourceServerID,
  actionID,
  actionName: nounName,
  documentIdentifier: boundedText,
  order: integer(1001, 10_000),
  documentVersion: v.exactOptional(v.pipe(v.string(), v.regex(/^(\$DEFAULT|\$LATEST|[0-9]+)$/))),
  active: v.exactOptional(v.boolean()),
  timeoutSeconds: v.exactOptional(timeoutSeconds),
  mustSucceedForCutover: v.exactOptional(v.boolean()),
  parameters: v.exactOptional(ssmParameters),
  externalParameters: v.exactOptional(ssmExternalParameters),
  description: v.exactOptional(v.pipe(boundedText, v.regex(/^[0-9a-zA-Z ():/.,'-_#*;]*$/))),
  category: v.exactOptional(
    v.picklist([
      'DISASTER_RECOVERY',
      'OPERATING_SYSTEM',
      'LICENSE_AND_SUBSCRIPTION',
      'VALIDATION',
      'OBSERVABILITY',
      'REFACTORING',
      'SECURITY',
      'NETWORKING',
      'CONFIGURATION',
      'BACKUP',
      'OTHER',
    ]),
  ),
  ...account,
});

/** What {@link putSourceServerAction} parses. */
export type PutSourceServerActionInput = v.InferOutput<typeof putSourceServerAction>;

/** RemoveSourceServerAction. */
export const removeSourceServerAction = v.object({ sourceServerID, actionID, ...account });

/** What {@link removeSourceServerAction} parses. */
export type RemoveSourceServerActionInput = v.InferOutput<typeof removeSourceServerAction>;

/** ListManagedAccounts, which takes no `accountID`. */
export const listManagedAccounts = v.object({ ...pageMembers });

/** What {@link listManagedAccounts} parses. */
export type ListManagedAccountsInput = v.InferOutput<typeof listManagedAccounts>;

/** TagResource; the ARN comes from the path. */
export const tagResource = v.object({ resourceArn, tags });

/** What {@link tagResource} parses. */
export type TagResourceInput = v.InferOutput<typeof tagResource>;

/** UntagResource; ARN and keys come from path and query. */
export const untagResource = v.object({ resourceArn, tagKeys: list(text(0, 256), 1, 50) });

/** What {@link untagResource} parses. */
export type UntagResourceInput = v.InferOutput<typeof untagResource>;

/** ListTagsForResource; the ARN comes from the path. */
export const listTagsForResource = v.object({ resourceArn });

/** What {@link listTagsForResource} parses. */
export type ListTagsForResourceInput = v.InferOutput<typeof listTagsForResource>;
