/** What a person's own hooks say is heeded: nothing goes on over one that has failed, or has not spoken yet. */
import { isPassedHook, type HookRecord } from '../../../functions/domain/hook-record.ts';
import { recordsIn } from '../../../functions/domain/hook-scope.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import { runIDOf, type Write } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';
import { nameOf } from './explanations.ts';
import { AskedEarlier, runBehind } from './sender-run.ts';

/** Which hooks hold up which call. */
const holdUp: Readonly<Record<string, HookRecord['when'] | undefined>> = {
  StartCutover: 'beforeStart',
  FinalizeCutover: 'afterVerified',
};

/** Watches that hooks are heeded. */
export function hooksHeeded(): Checker {
  const earlier = new AskedEarlier();
  return {
    name: 'hooks',
    onWrite: (write, scene) => {
      const when = holdUp[write.operation];
      if (when !== undefined) earlier.ask(unheeded(write, when, scene));
      return [];
    },
    afterStep: () => earlier.answers(),
    atEnd: async (scene) => {
      const found = [...(await earlier.answers())];
      for (const runID of await scene.runIDs()) found.push(...(await verifiedAllTheSame(runID, scene)));
      return found;
    },
  };
}

async function unheeded(write: Write, when: HookRecord['when'], scene: Scene): Promise<string[]> {
  const sender = await runBehind(write, scene);
  if (sender === undefined || sender.run.input.options.hooks.length === 0) return [];
  const { run, named } = sender;
  const hooks = await scene.night.ledger.readHooks(run.runID);
  return hooks
    .filter((hook) => hook.when === when && !isPassed(run, hook))
    .flatMap((hook) =>
      recordsIn(hook.scope, named).map(
        (record) =>
          `${write.operation} of ${nameOf(record)} by run ${run.runID}, whose hook ${hook.name} is ${hook.state}`,
      ),
    );
}

async function verifiedAllTheSame(runID: string, scene: Scene): Promise<string[]> {
  const { run, servers } = await scene.left(runID);
  if (run.end === undefined || run.input.options.hooks.length === 0) return [];
  const hooks = await scene.night.ledger.readHooks(runIDOf(runID));
  return hooks
    .filter((hook) => hook.when === 'afterVerified' && hook.state === 'FAILED' && !isPassed(run, hook))
    .flatMap((hook) =>
      recordsIn(hook.scope, servers)
        .filter(({ verdict }) => verdict === 'VERIFIED')
        .map((record) => `${nameOf(record)} is VERIFIED in run ${runID}, whose hook ${hook.name} has failed`),
    );
}

function isPassed({ input }: RunRecord, record: HookRecord): boolean {
  const hook = input.options.hooks.find(({ name }) => name === record.name);
  return hook !== undefined && isPassedHook(hook, record);
}
