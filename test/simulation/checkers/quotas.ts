/** Our own starts never exceed MGN's quotas, nor what a run was told of the pace of its calls. */
import { isJobActiveAt } from '../../../simulator/world/job-record.ts';
import type { Write } from '../../support/a-run.ts';
import { accountsOf, knownJob } from '../known-server.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

/** MGN's own, which cannot be raised (`mgn.md` E). */
const jobsMax = 20;
const serversMax = 200;

/**
 * Watches that each job we start finds room beside our own jobs, of whichever run, and those of others. Excused are jobs
 * that others have started since the sender looked.
 *
 * Watches as well that a run keeps its calls apart as `callsPerSecondMax` says; not in nights in which invocations are
 * doubled or cut off after their call, because none knows when another has called.
 */
export function quotas(): Checker {
  const previous = new Map<string, Write>();
  const unpaced: [earlier: Write, later: Write][] = [];
  const paces = new Map<string, number>();
  const checkPace = async (scene: Scene) => {
    const found: string[] = [];
    for (const [earlier, later] of unpaced.splice(0)) found.push(...(await haste(earlier, later, scene, paces)));
    return found;
  };
  return {
    name: 'quotas',
    onWrite: (write, scene) => {
      const { runID } = senderOf(write);
      const earlier = previous.get(runID ?? '');
      previous.set(runID ?? '', write);
      if (earlier !== undefined && runID !== undefined && knowsOfEach(scene)) unpaced.push([earlier, write]);
      return startsJob(write) ? excess(write, scene) : [];
    },
    afterStep: (_step, scene) => (unpaced.length === 0 ? [] : checkPace(scene)),
    atEnd: checkPace,
  };
}

const startsJob = ({ operation }: Write) => operation === 'StartCutover' || operation === 'TerminateTargetInstances';

/** Whether each invocation has come to its end, alone, before the next one began. */
function knowsOfEach({ script }: Scene): boolean {
  return script.ledgerFaults.length === 0 && script.stepFaults.every(({ fault }) => fault === 'error');
}

function excess(write: Write, scene: Scene): string[] {
  const sender = senderOf(write);
  const knownFromMs = lookedAt(sender, scene);
  const account = accountsOf(scene).find(({ sourceServers }) => sourceServers.has(write.sourceServerIDs[0] ?? ''));
  const active = [...(account?.jobs.values() ?? [])].filter((job) => {
    if (account === undefined || !isJobActiveAt(job, write.atMs)) return false;
    return job.creationMs <= knownFromMs || knownJob(account, job).runID !== undefined;
  });
  const servers = active.reduce((sum, { participatingServers }) => sum + participatingServers.length, 0);
  const count = write.sourceServerIDs.length;
  const what = `${write.operation} of ${String(count)} source servers by ${runText(sender.runID)}`;
  return [
    ...(count > serversMax ? [`${what}: more than one job takes`] : []),
    ...(active.length >= jobsMax ? [`${what}: ${String(active.length)} jobs are in progress`] : []),
    ...(servers + count > serversMax ? [`${what}: jobs in progress hold ${String(servers)}`] : []),
  ];
}

/** Whether the later of two calls of a run that follow each other came too soon. */
async function haste(earlier: Write, later: Write, scene: Scene, paces: Map<string, number>): Promise<string[]> {
  const { runID = '' } = senderOf(later);
  const callsPerSecondMax = paces.get(runID) ?? (await scene.left(runID)).run.input.options.callsPerSecondMax;
  paces.set(runID, callsPerSecondMax);
  const passedMs = later.atMs - earlier.atMs;
  if (passedMs >= 1000 / callsPerSecondMax - 1) return [];
  const after = `${String(passedMs)} ms after ${earlier.operation}`;
  return [`${later.operation} by ${runText(runID)} ${after}, of at most ${String(callsPerSecondMax)} calls a second`];
}
