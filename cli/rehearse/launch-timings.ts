/**
 * How long a source server's next launch is going to take, phase by phase, by the log of its last test launch. The sum is
 * what `plan` expects of it, to the second, so that a rehearsal without faults and a plan say the same.
 */
import type { Job, JobLogItem } from '../../functions/domain/job.ts';
import { partOf } from '../../functions/domain/job.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import type { TimingsScenario } from '../../simulator/scenario/launch-schema.ts';
import { defaultTimings } from '../../simulator/world/launch-course.ts';

/** The last test launch of a source server. */
export interface TestLaunch {
  readonly job: Job;
  readonly log: readonly JobLogItem[];
}

/** What passes in the simulator between its phases, from the call to LAUNCH_END, in seconds. */
const betweenPhases = 5;

/**
 * The timings of a source server whose launch is expected to take `launchSeconds` from the call to LAUNCH_END.
 *
 * @param test - its last test launch, where its log is known; its phases share out the time.
 */
export function launchTimings(
  { sourceServerID }: Pick<SourceServer, 'sourceServerID'>,
  launchSeconds: number,
  test: TestLaunch | undefined,
): TimingsScenario {
  const log = (test?.log ?? []).filter((item) => item.sourceServerID === sourceServerID);
  const phases = phasesWithin(Math.max(0, launchSeconds - betweenPhases), log);
  return { variation: 0, ...phases, ...afterLaunch(test, log, sourceServerID) };
}

function phasesWithin(seconds: number, log: readonly JobLogItem[]): TimingsScenario {
  const snapshotSeconds = between(log, 'SNAPSHOT_START', 'SNAPSHOT_END');
  const conversionSeconds = between(log, 'CONVERSION_START', 'CONVERSION_END');
  const isWhole = snapshotSeconds !== undefined && conversionSeconds !== undefined;
  if (isWhole && snapshotSeconds + conversionSeconds < seconds) {
    return { snapshotSeconds, conversionSeconds, launchSeconds: exact(seconds - snapshotSeconds - conversionSeconds) };
  }
  const usual = defaultTimings.snapshotSeconds + defaultTimings.conversionSeconds + defaultTimings.launchSeconds;
  const shareOf = (part: number) => exact((seconds * part) / usual);
  const snapshot = shareOf(defaultTimings.snapshotSeconds);
  const conversion = shareOf(defaultTimings.conversionSeconds);
  return {
    snapshotSeconds: snapshot,
    conversionSeconds: conversion,
    launchSeconds: exact(Math.max(0, seconds - snapshot - conversion)),
  };
}

/** The agent is on the instance, so it is seen once that has booted, and never before. */
function afterLaunch(
  test: TestLaunch | undefined,
  log: readonly JobLogItem[],
  sourceServerID: SourceServer['sourceServerID'],
): TimingsScenario {
  const launchedAt = lastAt(log, 'LAUNCH_END');
  const seenAt = test && partOf(test.job, sourceServerID)?.ssmAgentDiscoveredAt;
  if (launchedAt === undefined || seenAt === undefined || seenAt < launchedAt) return {};
  const agentDiscoverySeconds = exact((seenAt - launchedAt) / 1_000);
  if (agentDiscoverySeconds > agentSecondsMax) return {};
  return { agentDiscoverySeconds, firstBootSeconds: Math.min(defaultTimings.firstBootSeconds, agentDiscoverySeconds) };
}

/** An agent that was seen later than this was late for another reason, such as a person who repaired it. */
const agentSecondsMax = 3_600;

function between(log: readonly JobLogItem[], from: string, to: string): number | undefined {
  const start = lastAt(log, from);
  const end = lastAt(log, to);
  return start === undefined || end === undefined || end < start ? undefined : exact((end - start) / 1_000);
}

function lastAt(log: readonly JobLogItem[], event: string): number | undefined {
  const moments = log.flatMap((item) => (item.event === event && item.at !== undefined ? [item.at] : []));
  return moments.length === 0 ? undefined : Math.max(...moments);
}

/** Whole milliseconds, as the simulator counts. */
function exact(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}
