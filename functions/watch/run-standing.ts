/** What the open runs look like from outside: who works on them, how far their source servers are, who is needed. */
import { lookSeconds, waitingGate } from '../domain/gate.ts';
import type { NoticeRecord } from '../domain/notice-record.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { Phase, ServerRecord } from '../domain/server-record.ts';
import { holdMs } from '../shared/open-run.ts';
import type { MetricName } from './metrics.ts';

/**
 * Who works on an open run.
 *
 * - AT_WORK: an execution holds it, or waits for a person at a gate of it, or it was created just now.
 * - TOLD: nobody works on it, and since the last step people were told so. It is theirs now, and no reason to tell them
 *   again every five minutes for as long as they think about it.
 * - STALLED: an execution is meant to work on it, there was no step for `holdMs`, and nobody was told: the execution lost
 *   its way, or its end was never reported.
 */
export type Attendance = 'AT_WORK' | 'TOLD' | 'STALLED';

/**
 * Who works on the open run. `notices` matter only once nobody holds it; `gateLookSeconds` is how often an execution that
 * waits at a gate looks by itself, at first.
 */
export function attendanceOf(
  run: RunRecord,
  notices: readonly NoticeRecord[],
  now: number,
  gateLookSeconds: number,
): Attendance {
  const { holder, createdAt } = run;
  const heldUntil = holder?.heldUntil ?? createdAt + holdMs;
  if (heldUntil > now) return 'AT_WORK';
  // Of a hold that was shortened this is before its last step, and people were told after it was shortened.
  const lastRenewalAt = heldUntil - holdMs;
  // Whatever came to a gate after people were told has been resumed since.
  const resumedAt = waitingGate(run)?.openedAt ?? 0;
  const since = Math.max(lastRenewalAt, resumedAt);
  const isTold = notices.some(
    ({ executionID, standing, sentAt }) =>
      (holder === undefined || holder.executionID === executionID) && standing !== 'AT_WORK' && sentAt >= since,
  );
  if (isTold) return 'TOLD';
  return isAwaited(run, now, gateLookSeconds) ? 'AT_WORK' : 'STALLED';
}

/**
 * Whether an execution waits at a gate of the run. It gives up its hold there, at every look anew, so the next look tells
 * whether it still waits. Nor has one lost its way that was answered since and has only not been heard of yet.
 */
function isAwaited({ gates = [], holder }: RunRecord, now: number, gateLookSeconds: number): boolean {
  if (holder === undefined) return false;
  const lookedAt = holder.heldUntil;
  const gate = gates.find(
    ({ taskToken, answer }) => taskToken !== undefined && (answer === undefined || answer.at >= lookedAt),
  );
  return gate !== undefined && now < lookedAt + lookSeconds(gate, lookedAt, gateLookSeconds) * 1_000 + holdMs;
}

/** The gauges of servers; those that are settled, whichever way, are in none of them. */
type ServerGauge = Extract<MetricName, `Servers${string}`>;

const gaugeOfPhase: Readonly<Record<Phase, ServerGauge | undefined>> = {
  resolved: 'ServersWaiting',
  blocked: undefined,
  ready: 'ServersWaiting',
  'terminating test instance': 'ServersUnderWay',
  starting: 'ServersUnderWay',
  snapshot: 'ServersUnderWay',
  conversion: 'ServersUnderWay',
  launch: 'ServersUnderWay',
  'first boot': 'ServersUnderWay',
  actions: 'ServersUnderWay',
  verified: 'ServersVerified',
  finalized: undefined,
  failed: 'ServersRollingBack',
  'rolling back': 'ServersRollingBack',
  'rolled back': undefined,
  'not started': undefined,
  'needs a person': 'ServersNeedingAPerson',
};

/** An open run with what the gauges are read from. */
export interface WatchedRun {
  readonly attendance: Attendance;
  readonly servers: readonly Pick<ServerRecord, 'phase'>[];
}

/** What is measured of the open runs. */
export type Gauges = Record<'OpenRuns' | 'StalledRuns' | ServerGauge, number>;

/**
 * The gauges over all open runs, each of them zero where there is nothing. What was under way or being brought back in a
 * run that nobody works on any more needs a person.
 */
export function gaugesOf(runs: readonly WatchedRun[]): Gauges {
  const gauges: Gauges = {
    OpenRuns: runs.length,
    StalledRuns: runs.filter(({ attendance }) => attendance === 'STALLED').length,
    ServersWaiting: 0,
    ServersUnderWay: 0,
    ServersVerified: 0,
    ServersRollingBack: 0,
    ServersNeedingAPerson: 0,
  };
  for (const { attendance, servers } of runs) {
    for (const { phase } of servers) {
      const gauge = gaugeOfPhase[phase];
      const isAbandoned = attendance === 'TOLD' && (gauge === 'ServersUnderWay' || gauge === 'ServersRollingBack');
      if (gauge !== undefined) gauges[isAbandoned ? 'ServersNeedingAPerson' : gauge] += 1;
    }
  }
  return gauges;
}
