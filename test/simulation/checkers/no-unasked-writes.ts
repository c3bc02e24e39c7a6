/** Whoever was refused changes nothing, and nothing is changed for a run that has ended or was never let start. */
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { Write } from '../../support/a-run.ts';
import { memberOf } from '../member-of.ts';
import type { Checker, Scene, Started } from '../scene.ts';
import { runText, senderOf } from '../sender.ts';

/** The states that an execution ends in when it was refused at the door, by machine; what is nested in it may be refused. */
const refusals: ReadonlySet<string> = new Set([
  'wave-cutover/WaveNotResolved',
  'wave-cutover/RunTakenOver',
  'rollback/RollbackNotStarted',
  'commit/CommitNotStarted',
]);

/**
 * Watches that no execution that was refused has made a call, that none is made for a run that was refused or waits for
 * its approval, and none after the run's recorded end: who goes on with it then, by a rollback or a commit, opens it again
 * first. Excused is an invocation that had begun before the end was recorded.
 */
export function noUnaskedWrites(): Checker {
  /** When the end of a run was recorded, as far as it has one. */
  const ends = new Map<string, number>();
  const unchecked: Write[] = [];
  const checkStarts = async (scene: Scene) => {
    const found: string[] = [];
    for (const write of unchecked.splice(0)) found.push(...(await unapproved(write, scene)));
    return found;
  };
  const lookForEnd = async (runID: string, scene: Scene) => {
    if (!(await scene.runIDs()).includes(runID)) return;
    const { run } = await scene.left(runID);
    if (run.end === undefined) ends.delete(runID);
    else if (!ends.has(runID)) ends.set(runID, scene.night.time.now());
  };
  return {
    name: 'no-unasked-writes',
    onWrite: (write) => {
      const sender = senderOf(write);
      const startsOne = write.operation === 'StartCutover' || sender.handler === 'TerminateTestInstances';
      if (startsOne) unchecked.push(write);
      const endedAt = ends.get(sender.runID ?? '');
      if (endedAt === undefined || sender.beganAt <= endedAt) return [];
      return [`${write.operation} of ${write.sourceServerIDs.join(', ')} by ${runText(sender.runID)}, which has ended`];
    },
    afterStep: ({ handler, event }, scene) => {
      const runID = opensOrEnds.has(handler) ? runOf(event) : undefined;
      if (runID !== undefined) return lookForEnd(runID, scene).then(() => checkStarts(scene));
      return unchecked.length === 0 ? [] : checkStarts(scene);
    },
    afterExecution: (ended, scene) => writesOfRefused(ended, scene),
    atEnd: checkStarts,
  };
}

/** Steps after which a run may have been opened or ended. */
const opensOrEnds: ReadonlySet<string> = new Set(['ResolveWave', 'SelectRollback', 'SelectCommit', 'RecordOutcome']);

/** The run of a step's event; in the first step of a rollback or a commit it stands in the input that a person gave. */
function runOf(event: unknown): string | undefined {
  const runID = memberOf(event, 'runID') ?? memberOf(memberOf(event, 'input'), 'runID');
  return typeof runID === 'string' ? runID : undefined;
}

function writesOfRefused(
  { machine, name, startedAt, walk }: Started & { readonly walk: NonNullable<Started['walk']> },
  { writes }: Scene,
): string[] {
  const isRefused = walk.events.some(
    (event) =>
      event.type.endsWith('StateEntered') &&
      'stateName' in event &&
      event.machine === machine &&
      refusals.has(`${machine}/${event.stateName}`),
  );
  if (!isRefused) return [];
  const ids = new Set(walk.steps.map(({ event }) => memberOf(event, 'executionID')));
  return writes
    .filter((write) => ids.has(senderOf(write).executionID) && senderOf(write).beganAt >= startedAt)
    .map(
      (write) => `${write.operation} of ${write.sourceServerIDs.join(', ')} by ${machine} ${name}, which was refused`,
    );
}

/** Whether a run starts something before it may. */
async function unapproved(write: Write, scene: Scene): Promise<string[]> {
  const { runID } = senderOf(write);
  const what = `${write.operation} of ${write.sourceServerIDs.join(', ')} by ${runText(runID)}`;
  if (runID === undefined || !(await scene.runIDs()).includes(runID)) return [`${what}, which does not exist`];
  const { run } = await scene.left(runID);
  const isRefused = run.plan?.decision === 'REFUSE';
  return [
    ...(run.plan === undefined || isRefused ? [`${what}, whose plan is ${run.plan?.decision ?? 'not made'}`] : []),
    ...(isApproved(run, write, scene) ? [] : [`${what}, whose start nobody has approved`]),
  ];
}

/** Whether the run asks nobody, or a person had begun to approve its start. */
function isApproved({ runID, input }: RunRecord, { atMs }: Write, { started }: Scene): boolean {
  if (input.options.start === 'now') return true;
  return started.some((one) => {
    const isAnswer = one.machine === 'commit' && one.runID === runID && one.startedAt <= atMs;
    return isAnswer && memberOf(one.input, 'approve') === 'start';
  });
}
