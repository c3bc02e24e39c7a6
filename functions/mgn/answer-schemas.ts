/**
 * What MGN's records have to look like as far as they are used. The SDK hands on whatever an answer holds, whatever its
 * types say (`mgn.md` A.7): a state that is a list, or a lag that is a number, would otherwise be written into the ledger,
 * which nobody could read any more. A state that is only unknown is text and passes; deciding about it is the domain's.
 * Names come out as one line, because they are shown to people.
 */
import * as v from 'valibot';
import { shownText } from '../domain/shown-text.ts';

/** Most seconds that are counted in milliseconds without losing any. */
const secondsMax = Number.MAX_SAFE_INTEGER / 1_000;

/** Most characters of a name, a state or an ID; the longest that MGN gives is an ARN. */
const nameMax = 2_048;
/** Most actions that one server can have. */
const actionsMax = 200;

const plain = /^[\x20-\x7e]*$/;
const OneLineSchema = v.pipe(
  v.string(),
  v.maxLength(nameMax),
  v.transform((value) => (plain.test(value) ? value : shownText(value, nameMax))),
);

/** However long: only its beginning is quoted, and no answer is worth refusing for the rest. */
const text = v.optional(v.string());
const name = v.optional(OneLineSchema);
const flag = v.optional(v.boolean());
const seconds = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(secondsMax)));
/** A volume of 64 TiB is far from the limit. */
const byteCount = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER)));

const TagsSchema = v.optional(v.record(v.string(), OneLineSchema));

const StampSchema = v.optional(
  v.object({
    initiated: v.optional(v.object({ apiCallDateTime: name, jobID: name })),
    finalized: v.optional(v.object({ apiCallDateTime: name })),
  }),
);

/** Schema of what is used of a source server (DescribeSourceServers). */
export const SourceServerAnswerSchema = v.object({
  sourceServerID: name,
  arn: name,
  applicationID: name,
  isArchived: flag,
  replicationType: name,
  tags: TagsSchema,
  sourceProperties: v.optional(v.object({ identificationHints: v.optional(v.object({ hostname: name })) })),
  lifeCycle: v.optional(
    v.object({ state: name, lastSeenByServiceDateTime: name, lastTest: StampSchema, lastCutover: StampSchema }),
  ),
  launchedInstance: v.optional(v.object({ ec2InstanceID: name, jobID: name, firstBoot: name })),
  dataReplicationInfo: v.optional(
    v.object({
      dataReplicationState: name,
      lagDuration: name,
      lastSnapshotDateTime: name,
      replicatedDisks: v.optional(v.array(v.object({ backloggedStorageBytes: byteCount }))),
      dataReplicationError: v.optional(v.object({ error: name })),
    }),
  ),
});

const ActionRunSchema = v.object({
  ssmDocumentType: name,
  executionID: name,
  executionStatus: name,
  failureReason: text,
  ssmDocument: v.optional(v.object({ actionName: name, ssmDocumentName: name, mustSucceedForCutover: flag })),
});

/** Schema of what is used of a source server's part in a job (DescribeJobs). */
export const ParticipatingServerAnswerSchema = v.object({
  sourceServerID: name,
  launchStatus: name,
  launchedEc2InstanceID: name,
  postLaunchActionsStatus: v.optional(
    v.object({
      ssmAgentDiscoveryDatetime: name,
      postLaunchActionsLaunchStatusList: v.optional(v.pipe(v.array(ActionRunSchema), v.maxLength(actionsMax))),
    }),
  ),
});

/** Schema of what is used of a job (DescribeJobs, and the answers of the calls that start one). */
export const JobAnswerSchema = v.object({
  jobID: name,
  initiatedBy: name,
  creationDateTime: name,
  endDateTime: name,
  status: name,
  participatingServers: v.optional(v.array(ParticipatingServerAnswerSchema)),
  tags: TagsSchema,
});

/** Schema of what is used of a line of a job's log (DescribeJobLogItems). */
export const JobLogAnswerSchema = v.object({
  logDateTime: name,
  event: name,
  eventData: v.optional(v.object({ sourceServerID: name, rawError: text })),
});

/** What an action is given; only whether it changes matters. */
const anything = v.optional(v.unknown());
const details = { order: anything, documentVersion: anything, parameters: anything, externalParameters: anything };

/** Schema of what is used of a launch configuration (GetLaunchConfiguration). */
export const LaunchConfigurationAnswerSchema = v.object({
  sourceServerID: name,
  ec2LaunchTemplateID: name,
  launchDisposition: name,
  targetInstanceTypeRightSizingMethod: name,
  copyPrivateIp: flag,
  copyTags: flag,
  bootMode: name,
  licensing: v.optional(v.object({ osByol: flag })),
  postLaunchActions: v.optional(
    v.object({
      deployment: name,
      ssmDocuments: v.optional(
        v.array(
          v.object({
            actionName: name,
            ssmDocumentName: name,
            mustSucceedForCutover: flag,
            timeoutSeconds: seconds,
            ...details,
          }),
        ),
      ),
    }),
  ),
});

/** Schema of what is used of a configured post-launch action (ListSourceServerActions). */
export const ActionAnswerSchema = v.object({
  actionName: name,
  documentIdentifier: name,
  active: flag,
  mustSucceedForCutover: flag,
  timeoutSeconds: seconds,
  ...details,
});

/** Schema of what is used of a wave (ListWaves). */
export const WaveAnswerSchema = v.object({ waveID: name, name, isArchived: flag });

/** Schema of what is used of an application (ListApplications). */
export const ApplicationAnswerSchema = v.object({ applicationID: name, name, waveID: name, isArchived: flag });
