/** Nothing of another run or of a person is harmed. */
import type { Write } from '../../support/a-run.ts';
import {
  findJob,
  findServers,
  launchOfInstance,
  wasSo,
  momentOf,
  type KnownJob,
  type Moment,
} from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

/**
 * Watches the calls that would take back, finalize or delete what the sending run did not launch itself, had they been
 * answered as asked. What TerminateTargetInstances would delete is `own-instances`'s to say.
 *
 * Excused is what had become foreign since the sender looked: MGN has no conditional calls, so that nobody can do better.
 */
export function foreignHarm(): Checker {
  return { name: 'foreign-harm', onWrite: harms };
}

function harms(write: Write, scene: Scene): string[] {
  const sender = senderOf(write);
  return findServers(scene, write.sourceServerIDs).flatMap((known) => {
    const harmAt = (moment: Moment) => harmOf(write.operation, moment, sender.runID);
    const harm = harmAt(momentOf(known, write.atMs));
    if (harm === undefined) return [];
    const wasHarmless = wasSo(known, lookedAt(sender, scene), write.atMs, (moment) => harmAt(moment) === undefined);
    return wasHarmless ? [] : [`${write.operation} of ${known.hostname} by ${runText(sender.runID)} ${harm}`];
  });
}

function harmOf(operation: string, moment: Moment, runID: string | undefined): string | undefined {
  const isOwn = (job: KnownJob | undefined) => job?.runID !== undefined && job.runID === runID;
  const cutover = findJob(moment.known.account, moment.lastCutover.initiated?.jobID);
  switch (operation) {
    case 'StartCutover': {
      const launch = launchOfInstance(moment);
      if (launch === undefined || launch.job.initiatedBy === 'START_TEST' || isOwn(launch)) return undefined;
      return `would delete the instance that job ${launch.job.jobID} of ${runText(launch.runID)} launched`;
    }
    case 'ChangeServerLifeCycleState':
      if (isOwn(cutover) && moment.lifeCycleState !== 'TESTING') return undefined;
      return `takes back the ${moment.lifeCycleState} of ${runText(cutover?.runID)}`;
    case 'FinalizeCutover':
      return isOwn(cutover) ? undefined : `finalizes the cutover of ${runText(cutover?.runID)}`;
    case 'TerminateTargetInstances':
      return undefined;
    default:
      return 'is a call that no run makes';
  }
}
