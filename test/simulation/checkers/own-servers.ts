/** No call names a source server that is not one of the run's own. */
import type { Write } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { runText, senderOf } from '../sender.ts';

/**
 * Watches that a run calls for no source server but those it resolved, which are in the ledger from before its first call
 * and stay there. A call that no run sent belongs to none.
 */
export function ownServers(): Checker {
  const unchecked: Write[] = [];
  const own = new Map<string, ReadonlySet<string>>();
  const check = async (scene: Scene) => {
    const found: string[] = [];
    for (const write of unchecked.splice(0)) found.push(...(await strangers(write, scene, own)));
    return found;
  };
  return {
    name: 'own-servers',
    onWrite: (write) => {
      senderOf(write);
      unchecked.push(write);
      return [];
    },
    afterStep: (_step, scene) => (unchecked.length === 0 ? [] : check(scene)),
    atEnd: check,
  };
}

/** The ledger is read only for a source server that is not known yet to be the run's. */
async function strangers(write: Write, scene: Scene, own: Map<string, ReadonlySet<string>>): Promise<string[]> {
  const { runID = '' } = senderOf(write);
  const isKnown = (id: string) => own.get(runID)?.has(id) ?? false;
  if (!write.sourceServerIDs.every(isKnown) && (await scene.runIDs()).includes(runID)) {
    const { servers } = await scene.left(runID);
    own.set(runID, new Set(servers.map(({ sourceServerID }) => sourceServerID)));
  }
  const named = write.sourceServerIDs.length === 0 ? ['nobody'] : write.sourceServerIDs;
  return named
    .filter((id) => !isKnown(id))
    .map((id) => `${write.operation} of ${id}, which is not a server of ${runText(runID === '' ? undefined : runID)}`);
}
