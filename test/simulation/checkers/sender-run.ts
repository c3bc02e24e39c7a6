/** What the ledger says of the run that sends a call, at the very moment it does. */
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { runIDOf, type Write } from '../../support/a-run.ts';
import type { Scene } from '../scene.ts';
import { senderOf } from '../sender.ts';

/** A run as it is when a call is sent in its name. */
export interface SendersRun {
  readonly run: RunRecord;
  readonly servers: readonly ServerRecord[];
  /** The records of the call's source servers. */
  readonly named: readonly ServerRecord[];
}

/**
 * The run in whose name the call is sent; undefined of a call that no step sends. To be called from `onWrite`: the store is
 * asked at once, so that the answer is of that moment however late it is looked at.
 */
export async function runBehind(write: Write, { night }: Scene): Promise<SendersRun | undefined> {
  const { runID } = senderOf(write);
  if (runID === undefined) return undefined;
  const id = runIDOf(runID);
  const [stored, servers] = await Promise.all([night.ledger.readRun(id), night.ledger.readServers(id)]);
  if (stored === undefined) return undefined;
  const named = servers.filter(({ sourceServerID }) => write.sourceServerIDs.includes(sourceServerID));
  return { run: stored.value, servers, named };
}

/** Questions that are asked at one moment and answered at a later one, when there is time to wait for the answers. */
export class AskedEarlier {
  #asked: Promise<readonly string[]>[] = [];

  ask(question: Promise<readonly string[]>): void {
    this.#asked.push(question);
  }

  /** What was found since the last time. */
  async answers(): Promise<readonly string[]> {
    if (this.#asked.length === 0) return [];
    const asked = this.#asked;
    this.#asked = [];
    return (await Promise.all(asked)).flat();
  }
}
