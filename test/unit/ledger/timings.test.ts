/** What the ledger keeps of runs for later ones, on every store there is. */
import type { RunTimings } from '../../../functions/domain/run-timings.ts';
import { createLedger, type Ledger } from '../../../functions/ledger/ledger.ts';
import { runID } from '../../support/domain-builders.ts';
import { storeKinds } from './store-kinds.ts';

const place = '111122223333/eu-central-1';

const timings = (name: string, endedAt: number, fields: Partial<RunTimings> = {}): RunTimings => ({
  runID: runID(name),
  endedAt,
  servers: 10,
  launchSeconds: { p50: 600, p90: 900 },
  ...fields,
});

describe.each(storeKinds)('timings in %s', (_, open) => {
  let ledger: Ledger;
  let other: Ledger;
  beforeEach(async () => {
    const stores = await open();
    ledger = createLedger(stores.store);
    other = createLedger(stores.other);
  });

  it('are none where no run has ended', async () => {
    expect(await ledger.readTimings(place)).toEqual([]);
  });

  it('are read newest first, those of one place only', async () => {
    const first = timings('a', 9_000, { actionsSeconds: { p50: 60, p90: 90 }, rollbackSeconds: { p50: 1, p90: 2 } });
    await ledger.recordTimings(place, timings('b', 10_000));
    await ledger.recordTimings(place, first);
    await ledger.recordTimings(place, timings('c', 1_000_000));
    await ledger.recordTimings('111122223333/eu-west-1', timings('d', 20_000));

    expect(await other.readTimings(place)).toEqual([timings('c', 1_000_000), timings('b', 10_000), first]);
  });

  it('of one end replace themselves and nothing else when they are recorded again', async () => {
    await ledger.recordTimings(place, timings('a', 9_000));
    await ledger.recordTimings(place, timings('b', 9_000));
    await other.recordTimings(place, timings('a', 9_000, { servers: 11 }));

    expect(await ledger.readTimings(place)).toEqual([timings('b', 9_000), timings('a', 9_000, { servers: 11 })]);
  });

  it('of a run that ended twice count once, by its last end', async () => {
    await ledger.recordTimings(place, timings('a', 9_000));
    await ledger.recordTimings(place, timings('b', 9_500));
    await ledger.recordTimings(place, timings('a', 10_000, { rollbackSeconds: { p50: 300, p90: 400 } }));

    expect(await other.readTimings(place)).toEqual([
      timings('a', 10_000, { rollbackSeconds: { p50: 300, p90: 400 } }),
      timings('b', 9_500),
    ]);
  });

  it('are those of the 20 latest runs', async () => {
    for (let index = 1; index <= 22; index += 1) await ledger.recordTimings(place, timings(`run-${index}`, index));

    const read = await other.readTimings(place);

    expect(read.map(({ endedAt }) => endedAt)).toEqual(Array.from({ length: 20 }, (__, index) => 22 - index));
  });
});
