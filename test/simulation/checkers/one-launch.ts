/** Never two jobs at once for a source server, and never two launches of it in one run. */
import type { Write } from '../../support/a-run.ts';
import { findServers, holdersOf, launchesOf, type KnownServer } from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { runText, senderOf } from '../sender.ts';

/**
 * Watches that a run launches a source server once: by what the world's jobs are tagged with, however the answers went. A
 * call that would launch it again is broken even where MGN refuses it, because in another state of things it would not.
 */
export function oneLaunch(): Checker {
  return {
    name: 'one-launch',
    onWrite: (write, scene) => repeatedLaunches(write, scene),
    onAnswer: (write, scene) =>
      startsJob(write) ? findServers(scene, write.sourceServerIDs).flatMap((known) => tooMany(known, write.atMs)) : [],
  };
}

const startsJob = ({ operation }: Write) => operation === 'StartCutover' || operation === 'TerminateTargetInstances';

function repeatedLaunches(write: Write, scene: Scene): string[] {
  if (write.operation !== 'StartCutover') return [];
  const { runID } = senderOf(write);
  return findServers(scene, write.sourceServerIDs).flatMap((known) =>
    launchesOf(known)
      .filter((launch) => launch.runID === runID)
      .map(
        ({ job }) =>
          `${known.hostname} is launched again by ${runText(runID)}, of which job ${job.jobID} launched it before`,
      ),
  );
}

function tooMany(known: KnownServer, atMs: number): string[] {
  const open = holdersOf({ known, atMs }).filter(({ runID }) => runID !== undefined);
  const launches = Map.groupBy(launchesOf(known), ({ runID }) => runID);
  return [
    ...(open.length > 1
      ? [`${known.hostname} is in ${String(open.length)} open jobs: ${open.map(({ job }) => job.jobID).join(', ')}`]
      : []),
    ...[...launches].flatMap(([runID, jobs]) =>
      jobs.length > 1 ? [`${known.hostname} was launched ${String(jobs.length)} times by ${runText(runID)}`] : [],
    ),
  ];
}
