/** No record ever says that a source server is verified unless the world bears it out at that moment. */
import * as v from 'valibot';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { runIDOf } from '../../support/a-run.ts';
import { ownJobIDs, untruths } from '../../support/breaches.ts';
import type { Checker, Scene } from '../scene.ts';
import { isActedOn, latenessMs, nameOf } from './explanations.ts';

const EventSchema = v.object({ runID: v.string() });

/** Watches records become verified. */
export function verifiedEvidence(): Checker {
  const known = new Map<string, ServerRecord>();
  return {
    name: 'verified-evidence',
    async afterStep({ event }, scene) {
      const parsed = v.safeParse(EventSchema, event);
      if (!parsed.success) return [];
      const { runID } = parsed.output;
      // The ledger parses only what has changed since it was last read, and gives the same object for what has not.
      const records = await scene.night.ledger.readServers(runIDOf(runID));
      const changed = records.filter((record) => known.get(`${runID} ${record.sourceServerID}`) !== record);
      const newly = changed.filter((record) => {
        const before = known.get(`${runID} ${record.sourceServerID}`);
        known.set(`${runID} ${record.sourceServerID}`, record);
        return isVerified(record) && (before === undefined || !isVerified(before));
      });
      return newly.length === 0 ? [] : unborne(runID, newly, scene);
    },
  };
}

const isVerified = ({ verdict, phase }: ServerRecord) => verdict === 'VERIFIED' || phase === 'verified';

function unborne(runID: string, records: readonly ServerRecord[], scene: Scene): string[] {
  const account = scene.account();
  const now = scene.night.time.now();
  const facts = { account, own: ownJobIDs(account, runID) };
  return records.flatMap((record) => {
    if (isActedOn(scene.script, record, now - latenessMs(scene.script), now)) return [];
    const server = account.sourceServers.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
    if (server === undefined) return [`${nameOf(record)} of run ${runID} becomes verified but MGN does not know it`];
    return untruths({ ...record, verdict: 'VERIFIED' }, server, facts).map(
      (what) => `${nameOf(record)} of run ${runID} becomes verified but ${what}`,
    );
  });
}
