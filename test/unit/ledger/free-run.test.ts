/** Writing the records of a run that nobody holds: nothing of whoever claims it meanwhile is ever written over. */
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { aRunRecord, aServerRecord, runID, sourceServerID } from '../../support/domain-builders.ts';

const night1 = runID('night-1');
const records = (count: number, phase: 'verified' | 'finalized') =>
  Array.from({ length: count }, (_, index) => aServerRecord({ sourceServerID: sourceServerID(index + 1), phase }));

async function aFreeRun(count: number) {
  const ledger = createLedger(createMemoryStore());
  const { value: run, version } = await ledger.createRun(aRunRecord());
  await ledger.saveServers(night1, records(count, 'verified'));
  return { ledger, run, version };
}

it.each([0, 1, 99, 100, 250])('writes %i records and gives the version the run has then', async (count) => {
  const { ledger, run, version } = await aFreeRun(count);
  const after = await ledger.saveServersOfFreeRun(run, version, records(count, 'finalized'));

  expect((await ledger.readServers(night1)).filter(({ phase }) => phase === 'finalized')).toHaveLength(count);
  expect(await ledger.readRun(night1)).toEqual({ value: run, version: after });
  await ledger.saveRun(run, after);
});

it('writes nothing when somebody has claimed the run since it was read', async () => {
  const { ledger, run, version } = await aFreeRun(150);
  await ledger.saveRun({ ...run, holder: { executionID: 'a commit', heldUntil: 1 } }, version);

  await expect(ledger.saveServersOfFreeRun(run, version, records(150, 'finalized'))).rejects.toMatchObject({
    name: 'LedgerConflictError',
  });
  expect((await ledger.readServers(night1)).every(({ phase }) => phase === 'verified')).toBe(true);
  expect((await ledger.readRun(night1))?.value.holder?.executionID).toBe('a commit');
});
