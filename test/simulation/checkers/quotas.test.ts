import { aNight, foundBy } from './doctored-night.ts';
import { quotas } from './quotas.ts';
import { afterFirst, type Hands } from './wrong-call.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' as const }];
const start = ({ mgn, idOf }: Hands) => mgn.startCutover([idOf('web-1')], {});
/** A night in which others use up a quota from the beginning. */
const fullNight = (use: { servers: number; jobs: number }) =>
  aNight(servers, {
    scenario: { foreignActivity: [{ act: 'useQuota', fromSeconds: 0, toSeconds: 3_000, ...use }] },
  });

describe('quotas', () => {
  it('are kept by a night, and by one that finds them used up and waits', async () => {
    expect(await foundBy(quotas, aNight(servers))).toEqual([]);
    expect(await foundBy(quotas, fullNight({ servers: 20, jobs: 20 }))).toEqual([]);
    expect(await foundBy(quotas, fullNight({ servers: 199, jobs: 1 }))).toEqual([]);
  });

  it('are broken by a job too many', async () => {
    const found = await foundBy(quotas, fullNight({ servers: 20, jobs: 20 }), afterFirst('AssessReadiness', start));

    expect(found).toEqual(['StartCutover of 1 source servers by run night-1: 20 jobs are in progress']);
  });

  it('are broken by a source server too many', async () => {
    const found = await foundBy(quotas, fullNight({ servers: 200, jobs: 1 }), afterFirst('AssessReadiness', start));

    expect(found).toEqual(['StartCutover of 1 source servers by run night-1: jobs in progress hold 200']);
  });

  it('are excused where others were faster', async () => {
    const late = afterFirst('AssessReadiness', start, { agedSeconds: 1 });

    expect(await foundBy(quotas, fullNight({ servers: 20, jobs: 20 }), late)).toEqual([]);
  });
});

describe('the pace of calls', () => {
  it('is kept where they are throttled', async () => {
    const faults = [{ fault: 'throttle' as const, operation: '*' as const, probability: 0.4 }];

    expect(await foundBy(quotas, aNight(servers, { scenario: { faults } }))).toEqual([]);
  });

  it('is broken by two calls at once, unless invocations are doubled', async () => {
    const two = () =>
      afterFirst('RecordOutcome', async ({ mgn, idOf }) => {
        await mgn.changeServerLifeCycleState(idOf('web-1'), 'READY_FOR_CUTOVER').catch(() => undefined);
        await mgn.finalizeCutover(idOf('web-1'));
      });
    const doubled = aNight(servers, { stepFaults: [{ step: 2, fault: 'twice' }] });

    expect(await foundBy(quotas, aNight(servers), two())).toEqual([
      'FinalizeCutover by run night-1 0 ms after ChangeServerLifeCycleState, of at most 1 calls a second',
    ]);
    expect(await foundBy(quotas, doubled, two())).toEqual([]);
  });
});
