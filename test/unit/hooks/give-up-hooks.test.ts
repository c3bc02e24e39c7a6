/** Hooks after the step that runs them was given up. */
import { giveUpHooks } from '../../../functions/hooks/give-up-hooks.ts';
import { hooksDue } from '../../../functions/domain/hook-plan.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { aWave, inNight } from '../../support/a-run.ts';
import { aRunRecord, aServerRecord, applicationID, sourceServerID, waveID } from '../../support/domain-builders.ts';

it('fails what runs and what is due, so that nobody waits for it and nothing is due any more', async () => {
  await inNight(aWave([{ hostname: 'unused' }]), async ({ deps, ledger, time }) => {
    const each = { when: 'beforeStart', automation: 'Document', eachApplication: true };
    const hooks = [
      { name: 'fence', ...each },
      { name: 'unfence', ...each, when: 'afterRollback', onFailure: 'warn' },
    ];
    const run = aRunRecord({ input: parseRunInput({ waveID: waveID(1), options: { hooks } }) });
    const records = [1, 2].map((number) =>
      aServerRecord({
        sourceServerID: sourceServerID(number),
        applicationID: applicationID(number),
        cutover: undefined,
        phase: 'ready',
        priorityGroup: number,
        mayFail: false,
      }),
    );
    await ledger.saveServers(run.runID, records);
    const begun = { name: 'fence', scope: applicationID(1), when: 'beforeStart', priorityGroup: 1 } as const;
    const running = { ...begun, state: 'RUNNING', tries: 1, triesMax: 3, startedAt: time.now(), version: 0 } as const;
    await ledger.saveHook(run.runID, running);

    await giveUpHooks(deps, run, 'AccessDeniedError: no');

    const [failed, ...more] = await ledger.readHooks(run.runID);
    expect(more).toEqual([]);
    expect(failed).toMatchObject({ state: 'FAILED', reason: 'AccessDeniedError: no' });
    expect((await ledger.readServers(run.runID)).map(({ verdict }) => verdict)).toEqual(['NOT_STARTED', undefined]);

    await giveUpHooks(deps, run, 'AccessDeniedError: no');
    const after = await ledger.readHooks(run.runID);
    expect(after.map(({ name, scope, state }) => [name, scope, state])).toEqual([
      ['fence', applicationID(1), 'FAILED'],
      ['unfence', applicationID(1), 'FAILED'],
    ]);
    expect(hooksDue(run, await ledger.readServers(run.runID), after, time.now())).toBe(false);
  });
});
