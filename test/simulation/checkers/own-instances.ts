/** No instance is terminated that the run did not launch, apart from those of tests when the run is to remove them. */
import type { Write } from '../../support/a-run.ts';
import { findServers, launchOfInstance, momentOf, wasSo, type KnownServer, type Moment } from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

interface Termination {
  readonly runID: string | undefined;
  readonly what: string;
}

/**
 * Watches whose instance each TerminateTargetInstances would delete. A test's instance may go when the run's option
 * `terminateTestInstances` says so; what no instance is left of may be asked for again.
 *
 * Excused is an instance that came to be there since the sender looked.
 */
export function ownInstances(): Checker {
  /** Terminations of tests' instances, of which the run's options have to be looked at. */
  const ofTests: Termination[] = [];
  const checkTests = async (scene: Scene) => {
    const found: string[] = [];
    for (const { runID, what } of ofTests.splice(0)) if (!(await mayTerminateTests(scene, runID))) found.push(what);
    return found;
  };
  return {
    name: 'own-instances',
    onWrite: (write, scene) => {
      if (write.operation !== 'TerminateTargetInstances') return [];
      const judged = findServers(scene, write.sourceServerIDs).map((known) => judge(write, known, scene));
      ofTests.push(...judged.flatMap(({ ofTest }) => ofTest ?? []));
      return judged.flatMap(({ breach }) => breach ?? []);
    },
    afterStep: (_step, scene) => (ofTests.length === 0 ? [] : checkTests(scene)),
    atEnd: checkTests,
  };
}

interface Judged {
  readonly breach?: string;
  readonly ofTest?: Termination;
}

function judge(write: Write, known: KnownServer, scene: Scene): Judged {
  const sender = senderOf(write);
  const { runID } = sender;
  const isInnocent = (moment: Moment) => {
    const launch = launchOfInstance(moment);
    return launch === undefined || (launch.runID === runID && runID !== undefined);
  };
  const now = momentOf(known, write.atMs);
  if (isInnocent(now) || wasSo(known, lookedAt(sender, scene), write.atMs, isInnocent)) return {};
  const launch = launchOfInstance(now);
  const whose = `job ${launch?.job.jobID ?? ''} of ${runText(launch?.runID)} launched`;
  const what = `the instance of ${known.hostname} that ${whose} is terminated by ${runText(runID)}`;
  return launch?.job.initiatedBy === 'START_TEST'
    ? { ofTest: { runID, what: `${what}, which is to leave tests' instances alone` } }
    : { breach: what };
}

async function mayTerminateTests(scene: Scene, runID: string | undefined): Promise<boolean> {
  if (runID === undefined || !(await scene.runIDs()).includes(runID)) return false;
  return (await scene.left(runID)).run.input.options.terminateTestInstances;
}
