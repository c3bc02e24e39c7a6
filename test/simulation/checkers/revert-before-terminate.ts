/** An instance is terminated only once its source server's cutover has been taken back and the job of it has ended. */
import type { Write } from '../../support/a-run.ts';
import { findServers, holdersOf, momentOf, wasSo, type Moment } from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

/**
 * Watches the order of a rollback (`mgn.md` C.3): first the job ends, then the lifecycle state is changed back, then the
 * instance goes. Excused is a cutover that began since the sender looked.
 */
export function revertBeforeTerminate(): Checker {
  return {
    name: 'revert-before-terminate',
    onWrite: (write, scene) => (write.operation === 'TerminateTargetInstances' ? tooEarly(write, scene) : []),
  };
}

function tooEarly(write: Write, scene: Scene): string[] {
  const sender = senderOf(write);
  const sinceMs = lookedAt(sender, scene);
  return findServers(scene, write.sourceServerIDs).flatMap((known) =>
    reasonsToWait.flatMap((reasonAt) => {
      const why = reasonAt(momentOf(known, write.atMs));
      if (why === undefined) return [];
      const isNew = wasSo(known, sinceMs, write.atMs, (moment) => reasonAt(moment) === undefined);
      return isNew ? [] : [`the instance of ${known.hostname} is terminated by ${runText(sender.runID)} while ${why}`];
    }),
  );
}

/** Each is read by a call of its own. */
const reasonsToWait: readonly ((moment: Moment) => string | undefined)[] = [
  ({ lifeCycleState }) =>
    lifeCycleState === 'CUTTING_OVER' || lifeCycleState === 'CUTOVER' ? `it is ${lifeCycleState}` : undefined,
  (moment) => {
    const cutover = holdersOf(moment).find(({ job }) => job.initiatedBy === 'START_CUTOVER');
    return cutover && `its cutover job ${cutover.job.jobID} is open`;
  },
];
