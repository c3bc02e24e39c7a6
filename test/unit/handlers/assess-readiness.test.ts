/** The step that decides about the start, called by itself: what it answers, what it keeps, and what it reads again. */
import { aWave, inNight, runIDOf, startMs, type Night } from '../../support/a-run.ts';
import { codesOf } from '../../support/gate-walks.ts';
import { fortyMinutes, windowAt } from '../../support/night-windows.ts';
import { begin, callerOf } from './direct.ts';

const web = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);
const arnsOf = (night: Night) => night.account().sourceServers.map(({ arn }) => arn ?? '');
const readsOf = (night: Night) => [...night.calls.values()].reduce((sum, count) => sum + count, 0);

/** Another run takes these locks for so many minutes. */
const lockElsewhere = async (night: Night, arns: readonly string[], minutes = 600) => {
  const now = night.time.now();
  await night.ledger.takeLocks(arns, runIDOf('other'), { now, expiresAt: now + minutes * 60_000 }, 'all');
};

/** Resolves the wave; answers with the step under test. */
const resolvedIn = async (night: Night, options: object = {}, rest: object = {}) => {
  const call = callerOf(night);
  const input = { waveID: night.account().waves[0]?.waveID, options, ...rest };
  await call('ResolveWave', { input });
  return () => call('AssessReadiness');
};
const planOf = async (night: Night) => (await night.read()).run.plan;

describe('PROCEED', () => {
  it('is answered when all is ready, with the locks taken and what was expected kept', async () => {
    await inNight(web, async (night) => {
      const assess = await resolvedIn(night, { expected: fortyMinutes }, { window: windowAt(0, 120) });
      expect(await assess()).toMatchObject({ decision: 'PROCEED' });
      expect(await planOf(night)).toEqual({
        plannedAt: startMs,
        decision: 'PROCEED',
        reasons: [],
        notes: [],
        expected: fortyMinutes,
        lastSafeStartAt: startMs + 80 * 60_000,
      });
      expect((await night.ledger.readLocks(arnsOf(night), startMs)).size).toBe(2);
      expect(night.writes).toEqual([]);
    });
  });

  it('is thought over again as long as nothing has been started', async () => {
    await inNight(web, async (night) => {
      const assess = await resolvedIn(night, {}, { window: windowAt(0, 120) });
      await assess();
      await night.time.sleep(120 * 60_000);
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
      expect(codesOf((await planOf(night))?.reasons ?? [])).toEqual(['WINDOW_CLOSED']);
    });
  });

  it('stands once something has been started, and nothing is read again', async () => {
    await inNight(web, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const plan = await planOf(night);
      const reads = readsOf(night);
      await night.time.sleep(60_000);
      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
      expect(await planOf(night)).toEqual(plan);
      expect(readsOf(night)).toBe(reads);
    });
  });

  it('has what it can lock locked again once something has been started, though another run holds a part', async () => {
    await inNight(web, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const [first = '', second = ''] = arnsOf(night);
      await night.ledger.releaseLocks([first, second], (await night.read()).run.runID);
      await lockElsewhere(night, [first]);
      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
      const locks = await night.ledger.readLocks([first, second], night.time.now());
      expect([first, second].map((arn) => locks.get(arn)?.runID)).toEqual(['other', (await night.read()).run.runID]);
    });
  });
});

describe('WAIT', () => {
  it('is answered while another run holds a source server, and none is kept from a third one', async () => {
    await inNight(web, async (night) => {
      const [first = ''] = arnsOf(night);
      await lockElsewhere(night, [first]);
      const assess = await resolvedIn(night, { onLocked: 'wait' });
      expect(await assess()).toEqual({ decision: 'WAIT', delaySeconds: 120 });
      expect(
        [...(await night.ledger.readLocks(arnsOf(night), night.time.now()))].map(([, { runID }]) => runID),
      ).toEqual(['other']);
      expect((await planOf(night))?.reasons).toMatchObject([
        { code: 'LOCKED_BY_OTHER_RUN', fact: `run other holds ${first}; this run waits for it` },
      ]);
    });
  });

  it('works out at the first look how long it may last, and does not ask MGN at every other one', async () => {
    await inNight(web, async (night) => {
      await lockElsewhere(night, arnsOf(night));
      const assess = await resolvedIn(night, { onLocked: 'wait' }, { window: windowAt(0, 240) });
      await assess();
      const { expected, lastSafeStartAt } = (await planOf(night)) ?? {};
      const reads = readsOf(night);
      await night.time.sleep(600_000);
      await assess();

      // 650 s as in the test launches, two minutes for the steps before.
      expect(expected).toEqual({ launchSeconds: 770, actionsSeconds: 900, rollbackSeconds: 1_200 });
      expect(lastSafeStartAt).toBe(startMs + (240 * 60 - 770 - 900 - 1_200) * 1_000);
      expect(await planOf(night)).toMatchObject({ decision: 'WAIT', expected, lastSafeStartAt });
      expect(readsOf(night)).toBe(reads);
    });
  });

  it('looks again just when waiting ends, and more seldom the longer it lasts', async () => {
    await inNight(web, async (night) => {
      await lockElsewhere(night, arnsOf(night));
      const startBy = new Date(startMs + 6 * 3_600_000 + 45_000).toISOString();
      const assess = await resolvedIn(night, { onLocked: 'wait', startBy });
      await night.time.sleep(3 * 3_600_000);
      expect(await assess()).toEqual({ decision: 'WAIT', delaySeconds: 360 });
      await night.time.sleep(3 * 3_600_000);
      expect(await assess()).toEqual({ decision: 'WAIT', delaySeconds: 45 });
      await night.time.sleep(45_000);
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
    });
  });

  it('ends as soon as the locks can be taken', async () => {
    await inNight(web, async (night) => {
      await lockElsewhere(night, arnsOf(night), 5);
      const assess = await resolvedIn(night, { onLocked: 'wait' });
      await assess();
      await night.time.sleep(300_000);
      expect(await assess()).toMatchObject({ decision: 'PROCEED' });
      expect((await night.read()).servers.map(({ phase }) => phase)).toEqual(['ready', 'ready']);
    });
  });

  it('is no answer for a run that was not told to wait', async () => {
    await inNight(web, async (night) => {
      await lockElsewhere(night, arnsOf(night));
      const assess = await resolvedIn(night);
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
      expect(codesOf((await night.read()).of('web-1').reasons)).toEqual(['LOCKED_BY_OTHER_RUN']);
    });
  });
});

describe('AWAIT_APPROVAL', () => {
  it('reads everything before a person is asked, and nothing while they think', async () => {
    await inNight(web, async (night) => {
      const assess = await resolvedIn(night, { start: 'approve' });
      expect(await assess()).toEqual({ decision: 'AWAIT_APPROVAL', delaySeconds: 900 });
      const reads = readsOf(night);
      await night.time.sleep(900_000);
      expect(await assess()).toMatchObject({ decision: 'AWAIT_APPROVAL' });
      expect(readsOf(night)).toBe(reads);
    });
  });

  it('is no answer where a source server is blocked: nobody is asked in vain', async () => {
    await inNight(aWave([{ hostname: 'web-1', tested: false }]), async (night) => {
      const assess = await resolvedIn(night, { start: 'approve' });
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
    });
  });

  it('ends at the last safe start, because nobody said a word', async () => {
    await inNight(web, async (night) => {
      const options = { start: 'approve', expected: fortyMinutes };
      const assess = await resolvedIn(night, options, { window: windowAt(0, 120) });
      await assess();
      await night.time.sleep(80 * 60_000 - 1);
      expect(await assess()).toEqual({ decision: 'AWAIT_APPROVAL', delaySeconds: 1 });
      await night.time.sleep(1);
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
      expect((await planOf(night))?.reasons[0]).toMatchObject({
        code: 'NOT_APPROVED_IN_TIME',
        fact: 'nobody approved the start by 2026-03-07 23:20 UTC',
      });
    });
  });
});

describe('REFUSE', () => {
  it.each([
    ['refuse', 'REFUSE'],
    ['skip', 'PROCEED'],
  ])('where one of two is blocked and onBlocked is %s: %s', async (onBlocked, decision) => {
    const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', tested: false }];
    await inNight(aWave(servers), async (night) => {
      const assess = await resolvedIn(night, { onBlocked, failurePolicy: { application: 'independent' } });
      expect(await assess()).toMatchObject({ decision });
      expect((await night.read()).servers.map(({ phase }) => phase).sort()).toEqual(['blocked', 'ready']);
    });
  });

  it('where nothing is ready, whatever onBlocked says', async () => {
    await inNight(aWave([{ hostname: 'web-1', tested: false }]), async (night) => {
      const assess = await resolvedIn(night, { onBlocked: 'skip' });
      expect(await assess()).toMatchObject({ decision: 'REFUSE' });
    });
  });
});

it('says beforehand that the start will have to wait for room in the quotas', async () => {
  const foreignActivity = [{ act: 'useQuota' as const, servers: 199, fromSeconds: 0, toSeconds: 900 }];
  await inNight({ ...web, foreignActivity }, async (night) => {
    const assess = await resolvedIn(night);
    expect(await assess()).toMatchObject({ decision: 'PROCEED' });
    expect(codesOf((await night.read()).of('web-1').warnings)).toEqual(['QUOTA_FULL']);
  });
});
