/**
 * Times are kept: nothing starts outside the window or so late that the way back would not fit, nor before an approval
 * that the input asks for; what is not verified by `rollbackBy` is brought back then; nothing is finalized that nobody
 * asked for; and no source server stays in a phase much longer than its deadline says.
 */
import * as v from 'valibot';
import {
  defaultActionsSeconds,
  defaultLaunchSeconds,
  defaultRollbackSeconds,
  secondsBeforeLaunch,
} from '../../../functions/domain/expected-times.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { readWindow } from '../../../functions/domain/window.ts';
import { runIDOf, type RunLeft, type Write } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { foreignActTimes, latenessMs, nameOf, troublesOf } from './explanations.ts';
import { AskedEarlier, runBehind, type SendersRun } from './sender-run.ts';

const EventSchema = v.object({ runID: v.string() });

/** Watches windows, gates and deadlines. */
export function windows(): Checker {
  const earlier = new AskedEarlier();
  let isQuiet: boolean | undefined;
  return {
    name: 'window',
    onWrite(write, scene) {
      earlier.ask(runBehind(write, scene).then((sender) => untimely(write, sender, scene)));
      return [];
    },
    async afterStep({ handler, event }, scene) {
      const found = await earlier.answers();
      isQuiet ??= troublesOf(scene.script).size === 0;
      if (!isQuiet || handler !== 'PollJobs') return found;
      const { runID } = v.parse(EventSchema, event);
      return [...found, ...(await overdue(runID, scene))];
    },
    async atEnd(scene) {
      const runs = await Promise.all((await scene.runIDs()).map((runID) => scene.left(runID)));
      return [...(await earlier.answers()), ...runs.flatMap((left) => keptTooLong(left, scene))];
    },
  };
}

function untimely(write: Write, sender: SendersRun | undefined, scene: Scene): string[] {
  if (sender === undefined) return [];
  const { runID, input, gates = [], commits = [] } = sender.run;
  const call = (records: readonly ServerRecord[]) =>
    `${write.operation} of ${records.map(nameOf).join(', ')} by run ${runID}`;
  const isStart = write.operation === 'StartCutover';
  const isApproved = gates.some(({ gate, answer }) => gate === 'START' && answer?.approved === true);
  const found: string[] = [];
  if (input.options.start === 'approve' && !isApproved)
    found.push(`${call(sender.named)} is sent before anybody approved`);
  if (isStart) {
    for (const record of sender.named) {
      const why = whyTooLate(sender.run, record, write.atMs, latenessMs(scene.script));
      if (why !== undefined) found.push(`${call([record])} is sent ${why}`);
    }
  }
  if (write.operation === 'FinalizeCutover') {
    const unasked = sender.named.filter(
      ({ sourceServerID }) =>
        input.options.commit !== 'auto' &&
        !commits.some(({ sourceServerIDs }) => sourceServerIDs.includes(sourceServerID)),
    );
    // Of two invocations at once the second may still send what the first one has done.
    const undone = sender.named.filter(({ verdict }) => verdict !== 'VERIFIED' && verdict !== 'FINALIZED');
    if (unasked.length > 0) found.push(`${call(unasked)} is sent although nobody asked for it`);
    for (const record of undone)
      found.push(`${call([record])} is sent although it is ${record.verdict ?? record.phase}`);
  }
  return found;
}

/** Why a start at this moment breaks the promise about time; `slackMs` is how long before it may have been decided. */
function whyTooLate(run: RunRecord, record: ServerRecord, atMs: number, slackMs: number): string | undefined {
  if (run.input.window === undefined) return undefined;
  const { opensAt, closesAt, rollbackBy = Infinity } = readWindow(run.input.window);
  const { expected, lastSafeStartAt = -Infinity } = run.plan ?? {};
  if (atMs < opensAt - slackMs) return 'before the window opens';
  if (atMs - slackMs >= closesAt) return 'after the window has closed';
  if (atMs - slackMs >= rollbackBy) return 'after rollbackBy';
  const decidedAt = atMs - slackMs;
  if (decidedAt <= lastSafeStartAt + secondsBeforeLaunch(run.input.options.terminateTestInstances) * 1_000)
    return undefined;
  const launchSeconds = record.expectedLaunchSeconds ?? defaultLaunchSeconds;
  const verifiedAt = decidedAt + (launchSeconds + (expected?.actionsSeconds ?? defaultActionsSeconds)) * 1_000;
  const backAt = verifiedAt + (expected?.rollbackSeconds ?? defaultRollbackSeconds) * 1_000;
  return verifiedAt > rollbackBy || backAt > closesAt ? 'after its last safe start' : undefined;
}

/** A look comes every few minutes, what it finds is done at once, and both may meet a few retries. */
const slackMs = 15 * 60_000;

/** Records that are in a phase for longer than its deadline allows, as a look at the jobs leaves them. */
async function overdue(runID: string, { night, script }: Scene): Promise<string[]> {
  const stored = await night.ledger.readRun(runIDOf(runID));
  if (stored === undefined || stored.value.end !== undefined) return [];
  const { deadlines } = stored.value.input.options;
  const now = night.time.now() + script.skewMs;
  const records = await night.ledger.readServers(runIDOf(runID));
  return records.flatMap((record) => {
    const since = phaseSince(record);
    const seconds = secondsAllowed(record, deadlines);
    if (since === undefined || seconds === undefined || now <= since + seconds * 1_000 + slackMs) return [];
    if (foreignActTimes(script, record).length > 0) return [];
    return [`${nameOf(record)} of run ${runID} is in "${record.phase}" for more than its ${String(seconds)} seconds`];
  });
}

function phaseSince({ phase, phaseAt, cutover }: ServerRecord): number | undefined {
  const isLaunching = phase === 'starting' || phase === 'snapshot' || phase === 'conversion' || phase === 'launch';
  return isLaunching ? cutover?.startedAt : phaseAt;
}

type Deadlines = RunRecord['input']['options']['deadlines'];

function secondsAllowed({ phase, expectedActions }: ServerRecord, deadlines: Deadlines): number | undefined {
  switch (phase) {
    case 'starting':
    case 'snapshot':
    case 'conversion':
    case 'launch':
      return deadlines.launchSeconds;
    case 'first boot':
      // What was launched early waits for the others of its job before it has to have booted.
      return deadlines.launchSeconds + deadlines.firstBootSeconds;
    case 'actions':
      return (
        deadlines.agentSeconds +
        Math.max(deadlines.actionsSeconds, ...expectedActions.map(({ timeoutSeconds = 0 }) => timeoutSeconds))
      );
    case 'terminating test instance':
      return deadlines.terminateSeconds;
    default:
      return undefined;
  }
}

/** Where nothing kept the run from it, what `rollbackBy` found unverified was brought back then. */
function keptTooLong({ run, servers }: RunLeft, { script }: Scene): string[] {
  const rollbackBy = run.input.window && readWindow(run.input.window).rollbackBy;
  if (rollbackBy === undefined || run.end === undefined || troublesOf(script).size > 0) return [];
  const by = rollbackBy + slackMs;
  return servers.flatMap((record) => {
    const { cutover, rollback } = record;
    if (cutover === undefined || foreignActTimes(script, record).length > 0) return [];
    if (rollback === undefined) {
      const isLate = cutover.verifiedAt === undefined || cutover.verifiedAt > by;
      return isLate
        ? [`${nameOf(record)} of run ${run.runID} was not verified by rollbackBy and is not brought back`]
        : [];
    }
    const isLate = (cutover.verifiedAt ?? Infinity) > by && rollback.requestedAt > by;
    return isLate ? [`${nameOf(record)} of run ${run.runID} was brought back long after rollbackBy`] : [];
  });
}
