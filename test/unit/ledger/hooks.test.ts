/** Hooks in the ledger: each once for each scope of its run, and never written over by who has not seen the latest. */
import type { HookRecord } from '../../../functions/domain/hook-record.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { applicationID, nowMs, runID } from '../../support/domain-builders.ts';

const record: HookRecord = {
  name: 'fence',
  scope: 'wave',
  when: 'beforeStart',
  priorityGroup: 5,
  state: 'RUNNING',
  tries: 1,
  triesMax: 2,
  startedAt: nowMs,
};
const night = runID('night-1');

it('keeps the hooks of a run apart by name and scope, and from those of other runs', async () => {
  const ledger = createLedger(createMemoryStore());
  await ledger.saveHook(night, { ...record, version: 0 });
  await ledger.saveHook(night, { ...record, scope: applicationID(1), version: 0 });
  await ledger.saveHook(night, { ...record, name: 'smoke', version: 0 });
  await ledger.saveHook(runID('night-2'), { ...record, version: 0 });

  const hooks = await ledger.readHooks(night);
  expect(hooks.map(({ name, scope, version }) => [name, scope, version])).toEqual([
    ['fence', applicationID(1), 1],
    ['fence', 'wave', 1],
    ['smoke', 'wave', 1],
  ]);
  expect(await ledger.readHooks(runID('night-3'))).toEqual([]);
});

it('writes only over what was read', async () => {
  const ledger = createLedger(createMemoryStore());
  const first = await ledger.saveHook(night, { ...record, version: 0 });
  const second = await ledger.saveHook(night, { ...first, externalID: 'execution-1' });
  expect(second).toEqual({ ...record, externalID: 'execution-1', version: 2 });
  await expect(ledger.saveHook(night, { ...first, state: 'FAILED' })).rejects.toMatchObject({
    name: 'LedgerConflictError',
  });
  await expect(ledger.saveHook(night, { ...record, version: 0 })).rejects.toMatchObject({
    name: 'LedgerConflictError',
  });
  expect(await ledger.readHooks(night)).toEqual([second]);
});
