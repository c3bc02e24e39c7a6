/** Judging a wave before it starts: each source server by its facts, then all of them together. */
import { expectActions } from './post-launch-actions.ts';
import { completeApplications } from './failure-policy.ts';
import type { SourceServerID } from './identifiers.ts';
import type { Job } from './job.ts';
import type { ConfiguredAction, LaunchConfiguration } from './launch-configuration.ts';
import { assessLaunchTarget, type LaunchTarget } from './launch-target.ts';
import { driftReasons } from './planned-facts.ts';
import { assessReadiness } from './readiness.ts';
import type { Reason } from './reason.ts';
import type { RunInput } from './run-input.ts';
import { inPhase, type ServerRecord } from './server-record.ts';
import type { SourceServer, Tag } from './source-server.ts';
import { findTestInstance } from './test-instance.ts';
import { parseTime } from './window.ts';

/** All that a wave is judged by. */
export interface AssessmentFacts {
  readonly input: RunInput;
  readonly servers: ReadonlyMap<SourceServerID, SourceServer>;
  readonly jobs: readonly Job[];
  readonly settings: ReadonlyMap<
    SourceServerID,
    { readonly configuration: LaunchConfiguration | undefined; readonly actions: readonly ConfiguredAction[] }
  >;
  readonly targets: ReadonlyMap<SourceServerID, LaunchTarget>;
  /** Those whose SSM agent was seen on their test instance. */
  readonly agentSeenBefore: ReadonlySet<SourceServerID>;
  /** How long each launch is expected to take, in seconds. */
  readonly expectedLaunchSeconds: ReadonlyMap<SourceServerID, { readonly seconds: number }>;
  /** The fingerprint of each server's facts; needed where the input has a saved plan. */
  readonly fingerprints: ReadonlyMap<SourceServerID, string>;
  /** The other run that holds a server's lock, by ARN. */
  readonly lockedBy: ReadonlyMap<string, string>;
  readonly sourceServerTag: Tag | undefined;
  /** Remarks on every server that is ready. */
  readonly warnings: readonly Reason[];
  readonly now: number;
}

/** The records of the run's source servers with what was decided about each: ready, or blocked and why. */
export function assessWave(records: readonly ServerRecord[], facts: AssessmentFacts): ServerRecord[] {
  const assessed = records.map((record) => assessServer(record, facts));
  // Where one blocked server refuses the whole wave, the others are ready all the same.
  if (facts.input.options.onBlocked === 'refuse') return assessed;
  const incomplete = completeApplications(assessed, facts.input.options.failurePolicy);
  return assessed.map((record) => {
    const reason = incomplete.get(record.sourceServerID);
    return reason === undefined ? record : blocked(record, [reason], facts.now);
  });
}

function assessServer(record: ServerRecord, facts: AssessmentFacts): ServerRecord {
  const { now, jobs, input } = facts;
  const server = facts.servers.get(record.sourceServerID);
  if (server === undefined) return blocked(record, [goneReason], now);
  const settings = facts.settings.get(record.sourceServerID) ?? { configuration: undefined, actions: [] };
  const { configuration, actions } = settings;
  const target = facts.targets.get(record.sourceServerID);
  const expectedActions = configuration === undefined ? [] : expectActions(configuration, actions);
  const needs = {
    actionsExpected: expectedActions.some((action) => action.mustSucceedForCutover),
    agentSeenBefore: facts.agentSeenBefore.has(record.sourceServerID),
  };
  const reasons = [
    ...assessReadiness(
      {
        server,
        jobs,
        launchConfiguration: configuration,
        lockedByRunID: facts.lockedBy.get(record.arn),
        sameHostname: sameHostname(server, facts.servers),
        now,
      },
      { ...input.options, freshness: freshnessOf(input), sourceServerTag: facts.sourceServerTag },
    ),
    ...(target === undefined ? [] : assessLaunchTarget(target, needs)),
    ...driftReasons(input.plan, server, facts.fingerprints.get(record.sourceServerID)),
  ];
  const known: ServerRecord = {
    ...record,
    batchID: undefined,
    lifeCycleState: server.lifeCycleState,
    expectedActions,
    testInstance: findTestInstance(server, jobs),
    expectedLaunchSeconds: facts.expectedLaunchSeconds.get(record.sourceServerID)?.seconds,
  };
  if (reasons.length > 0) return blocked(known, reasons, now);
  return ready({ ...known, warnings: [...facts.warnings] }, now);
}

function freshnessOf({ options, window }: RunInput) {
  const { lagZero, fencedAt } = options.freshness;
  const zone = window?.zone ?? 'UTC';
  return {
    lagZero,
    zone,
    fencedAt: fencedAt === undefined ? undefined : parseTime(fencedAt, window?.zone, 'options.freshness.fencedAt'),
  };
}

const goneReason: Reason = {
  code: 'NOT_FOUND',
  fact: 'MGN no longer lists this source server',
  source: 'DescribeSourceServers',
  remedy: 'Take it out of the input.',
};

/** An assessment that could not be noted is made again, and may come to another end. */
function ready(record: ServerRecord, now: number): ServerRecord {
  return { ...inPhase(record, 'ready', now), launch: 'PENDING', verdict: undefined, reasons: [] };
}

function blocked(record: ServerRecord, reasons: Reason[], now: number): ServerRecord {
  return { ...inPhase(record, 'blocked', now), launch: 'NOT_STARTED', verdict: 'BLOCKED', reasons };
}

function sameHostname(server: SourceServer, servers: ReadonlyMap<SourceServerID, SourceServer>): string[] {
  const hostname = server.hostname?.toLowerCase();
  if (hostname === undefined) return [];
  return [...servers.values()]
    .filter((other) => other.sourceServerID !== server.sourceServerID && other.hostname?.toLowerCase() === hostname)
    .map((other) => other.sourceServerID);
}
