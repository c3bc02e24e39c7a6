/**
 * A run that changes a source server holds its lock at that moment, so that no other run is at it; and at the end no lock
 * is left but those of servers that need a person, which the product keeps so that no other run starts on them.
 */
import type { Lock } from '../../../functions/domain/run-record.ts';
import { runIDOf, type Write } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { senderOf } from '../sender.ts';
import { nameOf } from './explanations.ts';
import { AskedEarlier } from './sender-run.ts';

/** Watches the locks. */
export function locks(): Checker {
  const earlier = new AskedEarlier();
  return {
    name: 'locks',
    onWrite(write, { night }) {
      const sender = senderOf(write).runID;
      const now = night.time.now();
      const held = write.servers.map(({ arn = '' }) => night.ledger.readLocks([arn], now));
      earlier.ask(Promise.all(held).then((each) => unlockedWrites(write, sender, each)));
      return [];
    },
    afterStep: () => earlier.answers(),
    atEnd: async (scene) => [...(await earlier.answers()), ...(await locksLeft(scene))],
  };
}

function unlockedWrites(
  write: Write,
  sender: string | undefined,
  held: readonly ReadonlyMap<string, Lock>[],
): string[] {
  if (sender === undefined) return [];
  return write.servers.flatMap((server, index) => {
    const holder = held[index]?.get(server.arn ?? '')?.runID;
    if (holder === runIDOf(sender)) return [];
    const whoHolds = holder === undefined ? 'nobody' : `run ${holder}`;
    return [
      `${write.operation} of ${server.sourceServerID ?? ''} is sent by run ${sender} while ${whoHolds} holds its lock`,
    ];
  });
}

async function locksLeft(scene: Scene): Promise<string[]> {
  const { ledger, time } = scene.night;
  const found: string[] = [];
  for (const runID of await scene.runIDs()) {
    const { run, servers } = await scene.left(runID);
    if (run.end === undefined) continue;
    const arns = servers.map(({ arn }) => arn);
    const held = await ledger.readLocks(arns, time.now());
    for (const record of servers) {
      const isOwn = held.get(record.arn)?.runID === runIDOf(runID);
      if (isOwn && record.verdict !== 'NEEDS_A_PERSON')
        found.push(
          `${nameOf(record)} is ${record.verdict ?? 'undecided'} and still locked by run ${runID}, which has ended`,
        );
    }
  }
  return found;
}
