/** What people were told of open runs, as the ledger keeps it. */
import type { RunNoticeRecord } from '../../../functions/domain/run-notice-record.ts';
import { createMemoryStore } from '../../../functions/ledger/memory-store.ts';
import { createRunNoticesLedger } from '../../../functions/ledger/run-notices.ts';
import { nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';

const night = runID('night-1');
const notice = (fields: Partial<RunNoticeRecord> = {}): RunNoticeRecord => ({
  kind: 'FAILURE',
  channel: 'TOPIC',
  key: '',
  sourceServerIDs: [sourceServerID(1)],
  asOf: nowMs,
  sentAt: nowMs + 500,
  ...fields,
});

describe('the notices of a run', () => {
  it('are kept for each channel and each run by themselves, in order of time', async () => {
    const store = createMemoryStore();
    const notices = createRunNoticesLedger(store);
    const all = [notice(), notice({ channel: 'WEBHOOK' }), notice({ asOf: nowMs + 60_000 })];
    for (const one of all.toReversed()) await notices.record(night, one);
    await notices.record(runID('night-10'), notice({ kind: 'PERSON_NEEDED' }));

    expect(await createRunNoticesLedger(store).read(night)).toEqual(all);
  });

  it('are noted in place when they are noted again', async () => {
    const notices = createRunNoticesLedger(createMemoryStore());
    await notices.record(night, notice());
    await notices.record(night, notice({ sentAt: nowMs + 900 }));

    expect(await notices.read(night)).toEqual([notice({ sentAt: nowMs + 900 })]);
  });

  it('are read without what this version cannot read', async () => {
    const store = createMemoryStore();
    const notices = createRunNoticesLedger(store);
    const strange = {
      partition: 'notices#night-1',
      sort: 'a',
      expect: 'any',
      value: { ...notice(), kind: 'NEW' },
    } as const;
    await store.write([strange, { ...strange, sort: 'b', value: 'words' }]);
    await notices.record(night, notice());

    expect(await notices.read(night)).toEqual([notice()]);
  });

  it('are in no partition that holds anything of the run itself', async () => {
    const store = createMemoryStore();
    await createRunNoticesLedger(store).record(night, notice());

    expect(await store.readAll('run#night-1')).toEqual([]);
    expect(await store.readAll('notices#night-1')).toHaveLength(1);
  });

  it('that could not be written are remembered, and the failure is told', async () => {
    const store = { ...createMemoryStore(), write: () => Promise.reject(new Error('no write')) };
    const notices = createRunNoticesLedger(store);

    await expect(notices.record(night, notice())).rejects.toThrow('no write');
    expect(await notices.read(night)).toEqual([notice()]);
    expect(await notices.read(runID('another'))).toEqual([]);
    expect(await createRunNoticesLedger(store).read(night)).toEqual([]);
  });
});
