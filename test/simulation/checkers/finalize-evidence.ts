/** Nothing is finalized that nobody asked for, or that MGN's own facts do not bear out at that moment. */
import type { Write } from '../../support/a-run.ts';
import { findJob, findServers, momentOf, wasSo, type KnownServer, type Moment } from '../known-server.ts';
import { memberOf } from '../member-of.ts';
import type { Checker, Scene } from '../scene.ts';
import { lookedAt, runText, senderOf } from '../sender.ts';

/**
 * Watches the point of no return: one source server a call, on the word of the run's input or of a person whose commit had
 * begun before, of a server that is not being brought back, and whose launch and actions the world itself bears out.
 *
 * Excused is evidence that others took away since the sender looked.
 */
export function finalizeEvidence(): Checker {
  const unchecked: Write[] = [];
  const checkAsked = async (scene: Scene) => {
    const found: string[] = [];
    for (const write of unchecked.splice(0)) found.push(...(await unasked(write, scene)));
    return found;
  };
  return {
    name: 'finalize-evidence',
    onWrite: (write, scene) => {
      if (write.operation !== 'FinalizeCutover') return [];
      senderOf(write);
      unchecked.push(write);
      const count = write.sourceServerIDs.length;
      return [
        ...(count === 1 ? [] : [`FinalizeCutover names ${String(count)} source servers, and MGN takes one`]),
        ...findServers(scene, write.sourceServerIDs).flatMap((known) => unproven(write, known, scene)),
      ];
    },
    afterStep: (_step, scene) => (unchecked.length === 0 ? [] : checkAsked(scene)),
    atEnd: checkAsked,
  };
}

function unproven(write: Write, known: KnownServer, scene: Scene): string[] {
  const sender = senderOf(write);
  const lacks = findLacks(momentOf(known, write.atMs));
  if (lacks.length === 0) return [];
  const wasProven = wasSo(known, lookedAt(sender, scene), write.atMs, (moment) => findLacks(moment).length === 0);
  if (wasProven) return [];
  return lacks.map((lack) => `${known.hostname} is finalized by ${runText(sender.runID)} although ${lack}`);
}

/** What of a verification the world does not bear out (`mgn.md` D and H.3 to H.5). */
function findLacks(moment: Moment): string[] {
  const { known, atMs, launchedInstance } = moment;
  const { account, server } = known;
  const job = findJob(account, moment.lastCutover.initiated?.jobID)?.job;
  const part = job?.participatingServers.find(({ sourceServerID }) => sourceServerID === server.sourceServerID);
  const launchStatus = part?.steps.findLast((step) => step.atMs <= atMs)?.launchStatus;
  const events = (job?.log ?? [])
    .filter((line) => line.atMs <= atMs && line.eventData.sourceServerID === server.sourceServerID)
    .map(({ event }) => event);
  const proof = server.replicationType === 'SNAPSHOT_SHIPPING' ? 'LAUNCH_START' : 'SNAPSHOT_END';
  const succeeded = (part?.postLaunch?.actions ?? []).filter((run) => run.endMs <= atMs && run.result === 'SUCCESS');
  const unless = (holds: boolean, what: string) => (holds ? [] : [what]);
  return [
    ...unless(launchStatus === 'LAUNCHED', `its launch status is ${launchStatus ?? 'missing'}`),
    ...unless(events.includes(proof), `the job log shows no ${proof} of it`),
    ...unless(
      !events.includes('SNAPSHOT_FAIL') && !events.includes('USING_PREVIOUS_SNAPSHOT'),
      'its snapshot is stale',
    ),
    ...unless(launchedInstance?.jobID === job?.jobID, 'its instance is not of its cutover job'),
    ...unless(launchedInstance?.firstBoot === 'SUCCEEDED', 'its instance has not booted'),
    ...demandedActions(known).flatMap((name) =>
      unless(
        succeeded.some(({ ssmDocument }) => ssmDocument.actionName === name),
        `action ${name} has not succeeded`,
      ),
    ),
  ];
}

/** Names of the actions that must succeed after a cutover, by what is configured and not by what ran (`mgn.md` A.6). */
function demandedActions({ account, server }: KnownServer): string[] {
  const settings = account.launchConfigurations.get(server.sourceServerID)?.postLaunchActions;
  if (settings?.deployment === 'TEST_ONLY') return [];
  const own = [...(account.sourceServerActions.get(server.sourceServerID)?.values() ?? [])];
  return [...own.filter(({ active }) => active !== false), ...(settings?.ssmDocuments ?? [])]
    .filter(({ mustSucceedForCutover }) => mustSucceedForCutover === true)
    .flatMap(({ actionName }) => actionName ?? []);
}

async function unasked(write: Write, scene: Scene): Promise<string[]> {
  const { runID } = senderOf(write);
  const named = `FinalizeCutover of ${write.sourceServerIDs.join(', ')} by ${runText(runID)}`;
  if (runID === undefined || !(await scene.runIDs()).includes(runID)) return [`${named}, which is of nobody`];
  const { run, servers } = await scene.left(runID);
  const isAsked = (id: string) => run.input.options.commit === 'auto' || isCommitted(id, runID, write.atMs, scene);
  const records = servers.filter(({ sourceServerID }) => write.sourceServerIDs.includes(sourceServerID));
  const isGivenUp = records.some(
    ({ rollback }) => rollback !== undefined && rollback.requestedAt - scene.script.skewMs <= write.atMs,
  );
  return [
    ...(write.sourceServerIDs.every(isAsked) ? [] : [`${named}: nobody has asked for it`]),
    ...(isGivenUp ? [`${named}: it is to be brought back`] : []),
  ];
}

/** Whether a person had begun a commit of the whole run, or one that names the source server. */
function isCommitted(sourceServerID: string, runID: string, atMs: number, { started }: Scene): boolean {
  return started.some((one) => {
    if (one.machine !== 'commit' || one.runID !== runID || one.startedAt > atMs) return false;
    const isAnswer = memberOf(one.input, 'approve') !== undefined || memberOf(one.input, 'refuse') !== undefined;
    const named = memberOf(one.input, 'sourceServerIDs');
    return !isAnswer && (named === undefined || (Array.isArray(named) && named.includes(sourceServerID)));
  });
}
