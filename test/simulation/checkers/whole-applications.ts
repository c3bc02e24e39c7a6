/**
 * What a failed source server takes along is taken along: an atomic application or wave ends as a whole or not at all,
 * nothing more is started once `stopAt` is reached, and no priority group starts before those ahead of it are verified.
 */
import type { FailurePolicy } from '../../../functions/domain/failure-policy-options.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { RunLeft } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { foreignActTimes, isSinglyAsked, nameOf } from './explanations.ts';
import { AskedEarlier, runBehind, type SendersRun } from './sender-run.ts';

/** Watches that the failure policy is kept. */
export function wholeApplications(): Checker {
  const earlier = new AskedEarlier();
  return {
    name: 'whole-applications',
    onWrite(write, scene) {
      if (write.operation === 'StartCutover') earlier.ask(runBehind(write, scene).then(unlawfulStarts));
      if (write.operation === 'FinalizeCutover')
        earlier.ask(runBehind(write, scene).then((sender) => halfFinalized(sender, scene)));
      return [];
    },
    afterStep: () => earlier.answers(),
    async atEnd(scene) {
      const runs = await Promise.all((await scene.runIDs()).map((runID) => scene.left(runID)));
      return [...(await earlier.answers()), ...runs.flatMap((left) => halves(left, scene))];
    },
  };
}

const isGood = ({ verdict }: ServerRecord) => verdict === 'VERIFIED' || verdict === 'FINALIZED';

function unlawfulStarts(sender: SendersRun | undefined): string[] {
  if (sender === undefined) return [];
  const { run, servers, named } = sender;
  const names = named.map(nameOf).join(', ');
  const groups = named.map(({ priorityGroup }) => priorityGroup);
  const ahead = servers.filter(
    (record) => record.priorityGroup < Math.max(...groups) && !record.mayFail && !isGood(record),
  );
  const stop = stopReached(servers, run.input.options.failurePolicy);
  return [
    ...ahead.map(
      (record) =>
        `${names} are started by run ${run.runID} before ${nameOf(record)} of priority group ${String(record.priorityGroup)} is verified (${record.phase})`,
    ),
    ...(stop === undefined ? [] : [`${names} are started by run ${run.runID} although ${stop}`]),
  ];
}

/** Only what certainly failed by itself counts here, and not what was taken along. */
function stopReached(servers: readonly ServerRecord[], { stopAt }: FailurePolicy): string | undefined {
  if (stopAt === undefined) return undefined;
  const failed = servers.filter((record) => record.launch === 'FAILED' && !isGood(record)).length;
  const total = servers.filter(({ verdict }) => verdict !== 'BLOCKED').length;
  const isReached = 'servers' in stopAt ? failed >= stopAt.servers : failed * 100 >= stopAt.percent * total;
  return failed > 0 && isReached
    ? `${String(failed)} of ${String(total)} have failed (${JSON.stringify(stopAt)})`
    : undefined;
}

/** Members of an atomic application, or of an all-or-nothing wave. */
interface Scope {
  readonly scope: string;
  readonly members: readonly ServerRecord[];
}

/** A person may split them by naming single source servers, and so may one who acts at the console. */
function scopesOf({ run, servers }: Pick<RunLeft, 'run' | 'servers'>, scene: Scene): Scope[] {
  if (isSinglyAsked(scene, run.runID)) return [];
  const { failurePolicy } = run.input.options;
  const scopes = [...groupedBy(servers, ({ applicationID }) => applicationID)]
    .filter(([applicationID]) => isAtomic(applicationID, failurePolicy))
    .map(([applicationID, members]): Scope => ({ scope: `application ${applicationID}`, members }));
  if (failurePolicy.wave === 'atomic') scopes.push({ scope: 'the all-or-nothing wave', members: servers });
  return scopes.filter(({ members }) => !members.some((record) => foreignActTimes(scene.script, record).length > 0));
}

/**
 * What needs a person may be half of something, which is why a person is asked; and so may be what was finalized before MGN
 * refused to finalize the rest.
 */
function halves(left: RunLeft, scene: Scene): string[] {
  if (left.run.end === undefined) return [];
  return scopesOf(left, scene).flatMap(({ scope, members }) => {
    const isHalf = members.some(isGood) && members.some(isLost);
    const isExcused = members.some(({ verdict }) => verdict === 'NEEDS_A_PERSON' || verdict === 'FINALIZED');
    return isHalf && !isExcused ? [`run ${left.run.runID} leaves half of ${scope}: ${describeAll(members)}`] : [];
  });
}

/** Nothing is finalized for good of what is not whole, but for what a person has to look at: a commit goes on without it. */
function halfFinalized(sender: SendersRun | undefined, scene: Scene): string[] {
  if (sender === undefined) return [];
  return scopesOf(sender, scene)
    .filter(({ members }) => members.some((record) => sender.named.includes(record)))
    .filter(({ members }) => members.some((record) => isLost(record) && record.verdict !== 'NEEDS_A_PERSON'))
    .map(({ scope, members }) => `run ${sender.run.runID} finalizes half of ${scope}: ${describeAll(members)}`);
}

const isLost = (record: ServerRecord) => !record.mayFail && !isGood(record);

function isAtomic(applicationID: string, policy: FailurePolicy): boolean {
  if (policy.atomicApplicationIDs?.some((id) => id === applicationID) === true) return true;
  if (policy.independentApplicationIDs?.some((id) => id === applicationID) === true) return false;
  return policy.application === 'atomic';
}

function groupedBy(
  records: readonly ServerRecord[],
  keyOf: (record: ServerRecord) => string | undefined,
): Map<string, ServerRecord[]> {
  const groups = new Map<string, ServerRecord[]>();
  for (const record of records) {
    const key = keyOf(record);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return groups;
}

const describeAll = (records: readonly ServerRecord[]) =>
  records
    .map((record) => `${nameOf(record)} ${record.verdict ?? record.phase}${record.mayFail ? ' (may fail)' : ''}`)
    .sort()
    .join(', ');
