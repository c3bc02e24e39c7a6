/** Tells people what is due of an open run, each channel for itself, and notes that they were told. */
import type { Clock } from '../domain/ports.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { RunNoticesLedger } from '../ledger/run-notices.ts';
import type { Channel } from './message.ts';
import type { NoticePlace } from './notice-place.ts';
import { noticesDue, type RunFacts } from './notices-due.ts';
import { writeRunNotice } from './run-notice.ts';

/** What telling needs of the world. */
export interface TellDeps {
  readonly clock: Clock;
  readonly notices: RunNoticesLedger;
  readonly channels: readonly Channel[];
  placeOf(run: RunRecord): NoticePlace;
}

/** A channel could not tell, or what it told could not be noted. */
export interface Untold {
  readonly channel: Channel['name'];
  readonly error: unknown;
}

/**
 * Tells what is due. It is noted after it was told, so that a lost note at worst tells people twice; what a channel
 * does not take is due again at the next look, and keeps no other channel waiting.
 *
 * @returns how many notices were told, and what could not be.
 * @throws what the ledger throws when it cannot be read; then nothing was told.
 */
export async function tellRun(facts: RunFacts, deps: TellDeps): Promise<{ told: number; untold: Untold[] }> {
  const { runID } = facts.run;
  const before = await deps.notices.read(runID);
  const now = deps.clock.now();
  const untold: Untold[] = [];
  let told = 0;
  const telling = deps.channels.map(async (channel) => {
    const ownBefore = before.filter((notice) => notice.channel === channel.name);
    try {
      for (const due of noticesDue(facts, ownBefore, now)) {
        await channel.tell(writeRunNotice(due, facts, deps.placeOf(facts.run), now));
        told += 1;
        const { kind, key, concerned } = due;
        const sourceServerIDs = concerned.map(({ sourceServerID }) => sourceServerID);
        const record = { kind, key, sourceServerIDs, channel: channel.name, asOf: now, sentAt: deps.clock.now() };
        await deps.notices.record(runID, record);
      }
    } catch (error) {
      untold.push({ channel: channel.name, error });
    }
  });
  await Promise.all(telling);
  return { told, untold };
}
