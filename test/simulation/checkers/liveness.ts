/**
 * Once nothing goes wrong any more every run ends, within a time that its own deadlines bound; and who then asks for the
 * same once more changes nothing.
 */
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import { commitWaitUntil, startWaitUntil } from '../../../functions/domain/waiting.ts';
import { roomWaitMs } from '../../../functions/domain/wave-decisions.ts';
import { runIDOf, type RunLeft } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';

/** Watches that everything comes to its end, and stays there. */
export function liveness(): Checker {
  let calmAt: number | undefined;
  const back = new Set<string>();
  return {
    name: 'liveness',
    async afterExecution({ name, runID, purpose, startedAt }, scene) {
      if (scene.isCalm) calmAt ??= startedAt;
      if (purpose !== 'repeat' && purpose !== 'undo') return [];
      const made = scene.writes.filter((write) => write.by === name && write.atMs >= startedAt);
      // A wave that is started once more has ended; a rollback has nothing to do about what is back.
      const needless =
        purpose === 'repeat'
          ? made
          : made.filter((write) => write.sourceServerIDs.some((id) => back.has(`${runID} ${id}`)));
      if (purpose === 'undo') for (const id of await idsBack(runID, scene)) back.add(`${runID} ${id}`);
      return needless.map(
        ({ operation, sourceServerIDs }) =>
          `${name} asks for what is done already, and sends ${operation} of ${sourceServerIDs.join(', ')}`,
      );
    },
    async atEnd(scene) {
      const from = calmAt ?? scene.night.time.now();
      const runs = await Promise.all((await scene.runIDs()).map((runID) => scene.left(runID)));
      const bound = endBy(runs, from);
      return [...runs.flatMap(({ run }) => endless(run, from, bound)), ...(await commitsAgain(runs, scene))];
    },
  };
}

async function idsBack(runID: string, { night }: Scene): Promise<string[]> {
  const servers = await night.ledger.readServers(runIDOf(runID));
  return servers.filter(({ verdict }) => verdict === 'ROLLED_BACK').map(({ sourceServerID }) => sourceServerID);
}

/** Priority groups come back one after the other, each with its waits; hooks and their retries come before and after. */
const groupsMax = 5;
const hoursOfHooksMs = 6 * 3_600_000;
/** What died holds its run for 15 minutes, and in the calm people try again up to four times. */
const triesMs = 4 * 3_600_000;

function endless(run: RunRecord, calmAt: number, bound: number): string[] {
  if (run.end === undefined) return [`run ${run.runID} does not end`];
  if (run.end.endedAt <= bound) return [];
  const hours = Math.round((run.end.endedAt - calmAt) / 3_600_000);
  return [`run ${run.runID} ends only ${String(hours)} hours after everything was calm`];
}

/** When all there is has to have ended: what people do to one run in the calm may come after they waited for another. */
function endBy(runs: readonly RunLeft[], calmAt: number): number {
  return runs.reduce((by, { run }) => {
    const deadlinesMs = Object.values(run.input.options.deadlines).reduce((sum, seconds) => sum + seconds, 0) * 1_000;
    const waitsMs = Math.max(calmAt, startWaitUntil(run), commitWaitUntil(run, calmAt)) - calmAt;
    return by + waitsMs + groupsMax * (deadlinesMs + roomWaitMs) + hoursOfHooksMs + triesMs;
  }, calmAt);
}

/** One of so many nights, because it takes longer than all other checks together. */
const nightsPerCommit = 8;

/** Who asks again for a commit of what is finalized changes nothing. */
async function commitsAgain(runs: readonly RunLeft[], { night, script }: Scene): Promise<string[]> {
  if (script.seed % nightsPerCommit !== 0) return [];
  const found: string[] = [];
  for (const { run, servers } of runs) {
    const settled = servers.filter(({ verdict }) => verdict === 'FINALIZED');
    if (run.end === undefined || settled.length === 0) continue;
    const before = night.writes.length;
    const sourceServerIDs = settled.map(({ sourceServerID }) => sourceServerID);
    const name = `again-${run.runID}`.slice(0, 80);
    const { result } = await night.walk({ machine: 'commit', name, input: { runID: run.runID, sourceServerIDs } });
    const made = night.writes.slice(before).map(({ operation }) => operation);
    const after = await night.read(run.runID);
    if (result.status !== 'SUCCEEDED') found.push(`a second commit of run ${run.runID} ends ${result.status}`);
    if (made.length > 0) found.push(`a second commit of run ${run.runID} sends ${made.join(', ')}`);
    if (after.run.end === undefined) found.push(`a second commit leaves run ${run.runID} without an end`);
  }
  return found;
}
