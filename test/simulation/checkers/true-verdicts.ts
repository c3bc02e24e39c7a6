/**
 * What is finally said of a source server is true in the world: when its run ends, and at the end of the night unless
 * somebody else or another run has changed it since. And nobody is troubled without need.
 */
import * as v from 'valibot';
import type { Reason } from '../../../functions/domain/reason.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { RunLeft } from '../../support/a-run.ts';
import { ownJobIDs, untruths } from '../../support/breaches.ts';
import type { Checker, Scene } from '../scene.ts';
import { foreignActTimes, isActedOn, latenessMs, nameOf, troublesOf } from './explanations.ts';

const EventSchema = v.object({ runID: v.string() });

/** Compares verdicts with the world. */
export function trueVerdicts(): Checker {
  return {
    name: 'true-verdicts',
    async afterStep({ handler, event }, scene) {
      if (handler !== 'RecordOutcome') return [];
      const { runID } = v.parse(EventSchema, event);
      const runs = await allRuns(scene);
      const ended = runs.filter(({ run }) => run.runID === runID && run.end !== undefined);
      return ended.flatMap((left) => untrueVerdicts(left, runs, scene));
    },
    async atEnd(scene) {
      const runs = await allRuns(scene);
      return runs.flatMap((left) => [...untrueVerdicts(left, runs, scene), ...needlessCalls(left, scene)]);
    },
  };
}

async function allRuns(scene: Scene): Promise<RunLeft[]> {
  return Promise.all((await scene.runIDs()).map((runID) => scene.left(runID)));
}

function untrueVerdicts(left: RunLeft, runs: readonly RunLeft[], scene: Scene): string[] {
  const account = scene.account();
  const facts = { account, own: ownJobIDs(account, left.run.runID) };
  return left.servers.flatMap((record) => {
    const server = account.sourceServers.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
    if (server === undefined || isChangedByOthers(record, left, scene)) return [];
    if (runs.some((other) => other !== left && isTouchedLater(record, other))) return [];
    return untruths(record, server, facts).map(
      (what) => `${nameOf(record)} is called ${record.verdict ?? ''} by run ${left.run.runID} but ${what}`,
    );
  });
}

/** What is verified or finalized is read again when its run ends; of the others a run believes what it saw before. */
function isChangedByOthers(record: ServerRecord, { run }: RunLeft, { script, night }: Scene): boolean {
  const isGood = record.verdict === 'VERIFIED' || record.verdict === 'FINALIZED';
  const since = isGood ? (run.end?.endedAt ?? record.phaseAt) - latenessMs(script) : 0;
  return isActedOn(script, record, since, night.time.now());
}

/** Another run that has worked on the source server after this one has judged it. */
function isTouchedLater(record: ServerRecord, { servers }: RunLeft): boolean {
  const other = servers.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
  const isTouched = other?.cutover !== undefined || other?.rollback !== undefined;
  return isTouched && other.phaseAt >= record.phaseAt;
}

/** A hook of a person's own that fails calls that person. */
const isOfHook = ({ code }: Reason) => code.startsWith('HOOK_');

/**
 * A person who is called for nothing will not come the next time. What retries get over, faults of launches, hooks and
 * windows never needs one; only what others do, and what keeps this tool from its work, may.
 */
function needlessCalls({ run, servers }: RunLeft, { script }: Scene): string[] {
  const needing = servers.filter(({ verdict }) => verdict === 'NEEDS_A_PERSON');
  if (needing.length === 0 || troublesOf(script).size > 0) return [];
  return needing
    .filter((record) => foreignActTimes(script, record).length === 0 && !record.reasons.some(isOfHook))
    .map((record) => {
      const why = record.reasons.map(({ code, fact }) => `${code} (${fact})`).join(', ');
      return `${nameOf(record)} of run ${run.runID} needs a person in a night without trouble: ${why}`;
    });
}
