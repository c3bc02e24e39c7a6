/** No call that MGN has to refuse in the state the source server is in, as far as the sender could have known. */
import { lagMsAt } from '../../../simulator/world/replication.ts';
import { isJobActiveAt } from '../../../simulator/world/job-record.ts';
import type { Write } from '../../support/a-run.ts';
import { accountsOf, findServer, holdersOf, momentOf, wasSo, type KnownServer, type Moment } from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

/**
 * Watches every call against the lifecycle (`mgn.md` C.1) and the jobs that hold its source servers. It goes by the
 * strictest reading of what nobody has measured, so no switch of the simulator makes a call legal. A refusal that neither
 * this nor the scenario explains is broken too: a call that is malformed.
 *
 * Excused is what changed since the sender looked, unless it had changed it itself: MGN has no conditional calls.
 */
export function legalCalls(): Checker {
  /** Calls that were known to be refused as they were sent. */
  const illegal = new Set<Write>();
  return {
    name: 'legal-calls',
    onWrite: (write, scene) => {
      // Later calls ask who has sent this one.
      senderOf(write);
      const found = write.sourceServerIDs.map((id) => judge(id, write, scene));
      if (found.some(({ why }) => why !== undefined)) illegal.add(write);
      return found.flatMap(({ why, isExcused }) => (why === undefined || isExcused ? [] : [why]));
    },
    onAnswer: (write, scene) => {
      if (illegal.has(write) || !refusals.has(write.error ?? '') || isExplained(write, scene)) return [];
      return [`${nameOf(write)} of ${write.sourceServerIDs.join(', ')} was refused as ${write.error ?? ''}`];
    },
  };
}

const refusals: ReadonlySet<string> = new Set([
  'ConflictException',
  'ValidationException',
  'ResourceNotFoundException',
]);

const nameOf = (write: Write) => `${write.operation} by ${runText(senderOf(write).runID)}`;

function judge(sourceServerID: string, write: Write, scene: Scene): { why: string | undefined; isExcused: boolean } {
  const known = findServer(scene, sourceServerID);
  if (known === undefined) return judgeUnknown(sourceServerID, write, scene);
  const now = momentOf(known, write.atMs);
  const inTheWay = obstacles.filter((obstacle) => obstacle(write.operation, now) !== undefined);
  const [first] = inTheWay;
  if (first === undefined) return { why: undefined, isExcused: false };
  const isExcused =
    !isOwnDoing(write, sourceServerID, scene) && inTheWay.every((one) => isNew(one, write, known, scene));
  return { why: `${nameOf(write)} of ${known.hostname}, which ${first(write.operation, now) ?? ''}`, isExcused };
}

/** What may be in the way of a call at a moment, each read by a call of its own: in words, undefined when it is not. */
type Obstacle = (operation: string, moment: Moment) => string | undefined;

const obstacles: readonly Obstacle[] = [
  // FinalizeCutover starts no job; whether it works while one holds the source server is UNVERIFIED, and asking does no harm.
  (operation, moment) => {
    const [holder] = operation === 'FinalizeCutover' ? [] : holdersOf(moment);
    return holder && `job ${holder.job.jobID} holds`;
  },
  (operation, { lifeCycleState }) =>
    legalStatesOf(operation).includes(lifeCycleState) ? undefined : `is ${lifeCycleState}`,
  // To revert what has no replicated data any more is tried all the same: that it must be in vain is UNVERIFIED.
  (operation, { replication, atMs }) =>
    operation === 'StartCutover' && lagMsAt(replication, atMs) === undefined ? 'has no replicated data' : undefined,
];

function legalStatesOf(operation: string): readonly string[] {
  switch (operation) {
    case 'StartCutover':
      return ['READY_FOR_CUTOVER'];
    case 'TerminateTargetInstances':
      return ['READY_FOR_TEST', 'READY_FOR_CUTOVER', 'DISCONNECTED'];
    case 'ChangeServerLifeCycleState':
      return ['READY_FOR_TEST', 'TESTING', 'CUTTING_OVER'];
    case 'FinalizeCutover':
      return ['CUTTING_OVER'];
    default:
      return [];
  }
}

/** Whether the sender itself has changed the source server before, and was told so. */
function isOwnDoing(write: Write, sourceServerID: string, scene: Scene): boolean {
  const { invocation } = senderOf(write);
  return scene.writes.some(
    (earlier) =>
      earlier !== write &&
      earlier.error === undefined &&
      earlier.sourceServerIDs.includes(sourceServerID) &&
      senderOf(earlier).invocation === invocation,
  );
}

/** Whether it was not in the way yet when the sender looked, or somebody crossed it at the very moment at which it began. */
function isNew(obstacle: Obstacle, write: Write, known: KnownServer, scene: Scene): boolean {
  const sender = senderOf(write);
  const isAway = (moment: Moment) => obstacle(write.operation, moment) === undefined;
  if (wasSo(known, lookedAt(sender, scene), write.atMs, isAway)) return true;
  return isCrossed(write, known.server.sourceServerID, sender.beganAt, scene);
}

/**
 * Whether another invocation called for the source server at that moment: of another execution, or the same step once more.
 * What its own execution did just before, an invocation knows.
 */
function isCrossed(write: Write, sourceServerID: string, atMs: number, { script, writes }: Scene): boolean {
  const sender = senderOf(write);
  const mayBeDoubled = script.stepFaults.some(({ fault }) => doublings.has(fault));
  return writes.some((other) => {
    const { invocation, executionID } = senderOf(other);
    const isAnothers = invocation !== sender.invocation && (executionID !== sender.executionID || mayBeDoubled);
    return isAnothers && other.atMs === atMs && other.sourceServerIDs.includes(sourceServerID);
  });
}

const doublings: ReadonlySet<string> = new Set(['twice', 'atOnce', 'late', 'timeout', 'stop']);

/** A source server that somebody has deleted at the console. */
function judgeUnknown(sourceServerID: string, write: Write, scene: Scene): { why: string; isExcused: boolean } {
  const { startMs } = scene.night.simulator.world();
  const sinceSeconds = (lookedAt(senderOf(write), scene) - startMs) / 1000;
  const isExcused = (scene.script.scenario.foreignActivity ?? []).some(
    (act) => act.act === 'DeleteSourceServer' && act.atSeconds >= sinceSeconds,
  );
  return { why: `${nameOf(write)} of ${sourceServerID}, which does not exist`, isExcused };
}

/** Whether the scenario, another invocation or a full quota explains that a call was refused which was legal by its source servers' states. */
function isExplained(write: Write, scene: Scene): boolean {
  const { faults = [] } = scene.script.scenario;
  const isInjected = faults.some(
    (rule) => rule.fault === 'refuse' && (rule.operation === '*' || rule.operation === write.operation),
  );
  const isOvertaken = write.sourceServerIDs.some((id) => isCrossed(write, id, write.atMs, scene));
  return isInjected || isOvertaken || isQuotaFull(write, scene) || isHeldUp(write, scene);
}

/** Whether MGN's quotas left no room: `quotas` says whose fault it is. */
function isQuotaFull({ operation, sourceServerIDs, atMs }: Write, scene: Scene): boolean {
  if (operation !== 'StartCutover' && operation !== 'TerminateTargetInstances') return false;
  const { quotas } = scene.night.simulator.world();
  return accountsOf(scene).some(({ jobs }) => {
    const active = [...jobs.values()].filter((job) => isJobActiveAt(job, atMs));
    const servers = active.reduce((sum, { participatingServers }) => sum + participatingServers.length, 0);
    const isFull = active.length >= quotas.concurrentJobs;
    return isFull || servers + sourceServerIDs.length > quotas.sourceServersInAllJobs;
  });
}

/** Whether what the lifecycle does not show is in the way: no replicated data, or actions that `finalize-evidence` judges. */
function isHeldUp({ operation, sourceServerIDs, atMs }: Write, scene: Scene): boolean {
  if (operation === 'FinalizeCutover') return true;
  if (operation !== 'ChangeServerLifeCycleState') return false;
  return sourceServerIDs.some((id) => {
    const known = findServer(scene, id);
    return known !== undefined && lagMsAt(momentOf(known, atMs).replication, atMs) === undefined;
  });
}
