/** Who needs a person is kept from the next run: its lock stays when its run ends, because nobody knows what a start would meet. */
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { runIDOf } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { nameOf } from './explanations.ts';

/** Watches that locks stay where they are needed. */
export function keptLocks(): Checker {
  return {
    name: 'kept-locks',
    // What a commit or a rollback finds out of other servers of an ended run is said, and locks nothing anew.
    afterExecution: ({ machine, runID, startedAt }, scene) =>
      machine === 'wave-cutover' ? unlocked(runID, startedAt + scene.script.skewMs, scene) : [],
  };
}

/** A lock outlives its run by a day at least. */
const keptMs = 86_400_000;

async function unlocked(runID: string, startedAt: number, scene: Scene): Promise<string[]> {
  const { ledger, time } = scene.night;
  if (!(await scene.runIDs()).includes(runID)) return [];
  const { run, servers } = await scene.left(runID);
  const { end } = run;
  if (end === undefined || end.endedAt < startedAt || time.now() >= end.endedAt + keptMs) return [];
  // Who is back, or was never started, is free; where a hook then fails a person is needed for the hook alone.
  const isForHook = ({ reasons }: ServerRecord) => reasons.some(({ code }) => code.startsWith('HOOK_'));
  const needy = servers.filter((record) => record.verdict === 'NEEDS_A_PERSON' && !isForHook(record));
  const held = await ledger.readLocks(
    needy.map(({ arn }) => arn),
    time.now(),
  );
  return needy
    .filter(({ arn }) => held.get(arn)?.runID !== runIDOf(runID))
    .map((record) => `${nameOf(record)} needs a person after run ${runID} and is not locked any more`);
}
