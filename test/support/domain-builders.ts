/** Builders for what the domain works on: each makes a good one, with the fields under test put in. */
import * as v from 'valibot';
import {
  ApplicationIDSchema,
  JobIDSchema,
  RunIDSchema,
  SourceServerIDSchema,
  WaveIDSchema,
} from '../../functions/domain/identifiers.ts';
import type { ApplicationID, JobID, RunID, SourceServerID, WaveID } from '../../functions/domain/identifiers.ts';
import type { ActionRun, Job, JobLogItem, ParticipatingServer } from '../../functions/domain/job.ts';
import type { LaunchConfiguration, ConfiguredAction } from '../../functions/domain/launch-configuration.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';

/** The moment these facts are read, epoch milliseconds. */
export const nowMs = Date.parse('2026-03-07T22:00:00Z');

const digits = (number: number) => String(number).padStart(17, '0');

/** The ID of the source server of this number; 1 is the one the builders make. */
export const sourceServerID = (number: number): SourceServerID => v.parse(SourceServerIDSchema, `s-${digits(number)}`);
/** The ID of the job of this number. */
export const jobID = (number: number): JobID => v.parse(JobIDSchema, `mgnjob-${digits(number)}`);
/** The ID of the application of this number. */
export const applicationID = (number: number): ApplicationID => v.parse(ApplicationIDSchema, `app-${digits(number)}`);
/** The ID of the wave of this number. */
export const waveID = (number: number): WaveID => v.parse(WaveIDSchema, `wave-${digits(number)}`);
/** The ID of the run of this name. */
export const runID = (name: string): RunID => v.parse(RunIDSchema, name);

/** Jobs by what they did to the source server. */
export const testJobID = jobID(1);
/** The cutover job of the run under test. */
export const cutoverJobID = jobID(2);
/** A cutover job of somebody else. */
export const foreignJobID = jobID(99);
/** The instance the cutover job launched. */
export const cutoverInstanceID = 'i-0c0c0c0c0c0c0c0c0';
/** The instance the test job launched. */
export const testInstanceID = 'i-0e0e0e0e0e0e0e0e0';

/** Every lifecycle state of a source server (`mgn.md` B). */
export const lifeCycleStates = [
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
] as const;

/** Source server 1, tested, replicating without lag, ready for cutover, its test instance terminated. */
export const aSourceServer = (fields: Partial<SourceServer> = {}): SourceServer => ({
  sourceServerID: sourceServerID(1),
  arn: `arn:aws:mgn:eu-west-1:123456789012:source-server/${sourceServerID(1)}`,
  hostname: 'web-1',
  applicationID: applicationID(1),
  isArchived: false,
  replicationType: 'AGENT_BASED',
  lifeCycleState: 'READY_FOR_CUTOVER',
  lastSeenAt: nowMs - 60_000,
  lastTest: { jobID: testJobID, initiatedAt: nowMs - 86_400_000 },
  lastCutover: {},
  dataReplicationState: 'CONTINUOUS',
  lagMs: 0,
  tags: {},
  ...fields,
});

/** Source server 1 after the run's cutover job launched it well. */
export const aCutOverServer = (fields: Partial<SourceServer> = {}): SourceServer =>
  aSourceServer({
    lifeCycleState: 'CUTTING_OVER',
    lastCutover: { jobID: cutoverJobID, initiatedAt: nowMs - 1_200_000 },
    launchedInstance: { ec2InstanceID: cutoverInstanceID, jobID: cutoverJobID, firstBoot: 'SUCCEEDED' },
    ...fields,
  });

/** Source server 1's part in a job, launched. */
export const aPart = (fields: Partial<ParticipatingServer> = {}): ParticipatingServer => ({
  sourceServerID: sourceServerID(1),
  launchStatus: 'LAUNCHED',
  ec2InstanceID: cutoverInstanceID,
  actionRuns: [],
  ...fields,
});

/** The run's cutover job, ended, source server 1 launched. */
export const aJob = (fields: Partial<Job> = {}): Job => ({
  jobID: cutoverJobID,
  initiatedBy: 'START_CUTOVER',
  createdAt: nowMs - 1_200_000,
  endedAt: nowMs - 500_000,
  status: 'COMPLETED',
  participatingServers: [aPart()],
  tags: {},
  ...fields,
});

/** An ended terminate job, newer than the cutover, that shows source server 1 terminated. */
export const aTerminateJob = (fields: Partial<Job> = {}): Job =>
  aJob({
    jobID: jobID(3),
    initiatedBy: 'TERMINATE',
    createdAt: nowMs - 300_000,
    endedAt: nowMs - 100_000,
    participatingServers: [aPart({ launchStatus: 'TERMINATED' })],
    ...fields,
  });

/** A line of source server 1 in a job's log. */
export const aLogItem = (event: string, fields: Partial<JobLogItem> = {}): JobLogItem => ({
  at: nowMs - 600_000,
  event,
  sourceServerID: sourceServerID(1),
  ...fields,
});

/** The log of a launch that went well. */
export const aGoodLog = (): JobLogItem[] => [
  aLogItem('JOB_START', { sourceServerID: undefined }),
  aLogItem('SNAPSHOT_START'),
  aLogItem('SNAPSHOT_END'),
  aLogItem('CONVERSION_START'),
  aLogItem('CONVERSION_END'),
  aLogItem('LAUNCH_START'),
  aLogItem('LAUNCH_END'),
  aLogItem('JOB_END', { sourceServerID: undefined }),
];

/** A launch configuration without actions of its own. */
export const aLaunchConfiguration = (fields: Partial<LaunchConfiguration> = {}): LaunchConfiguration => ({
  ec2LaunchTemplateID: 'lt-0123456789abcdef0',
  launchDisposition: 'STARTED',
  postLaunchDeployment: 'TEST_AND_CUTOVER',
  documents: [],
  ...fields,
});

/** An active action of the source server that must succeed. */
export const aConfiguredAction = (fields: Partial<ConfiguredAction> = {}): ConfiguredAction => ({
  actionName: 'Join domain',
  documentName: 'join-domain',
  isActive: true,
  mustSucceedForCutover: true,
  source: 'ListSourceServerActions',
  ...fields,
});

/** A run of the action `Join domain` that succeeded. */
export const anActionRun = (fields: Partial<ActionRun> = {}): ActionRun => ({
  actionName: 'Join domain',
  documentName: 'join-domain',
  documentType: 'COMMAND',
  mustSucceedForCutover: true,
  executionID: 'execution-1',
  executionStatus: 'SUCCESS',
  ...fields,
});

/** The record of source server 1, cut over by this run and not judged yet. */
export const aServerRecord = (fields: Partial<ServerRecord> = {}): ServerRecord => ({
  sourceServerID: sourceServerID(1),
  arn: aSourceServer().arn,
  hostname: 'web-1',
  isArchived: false,
  priorityGroup: 5,
  mayFail: false,
  batchID: 'batch-001',
  phase: 'launch',
  phaseAt: nowMs,
  launch: 'PENDING',
  reasons: [],
  warnings: [],
  expectedActions: [],
  cutover: { jobID: cutoverJobID, startedAt: nowMs - 1_200_000, ec2InstanceID: cutoverInstanceID },
  actions: [],
  lifeCycleState: 'CUTTING_OVER',
  nextSteps: [],
  ...fields,
});

/** A run that was planned and started. */
export const aRunRecord = (fields: Partial<RunRecord> = {}): RunRecord => ({
  runID: runID('night-1'),
  input: parseRunInput({ waveID: waveID(1) }),
  nonce: 'nonce',
  createdAt: nowMs - 1_800_000,
  resolvedAt: nowMs - 1_790_000,
  plan: { plannedAt: nowMs - 1_780_000, decision: 'PROCEED', reasons: [] },
  ...fields,
});
