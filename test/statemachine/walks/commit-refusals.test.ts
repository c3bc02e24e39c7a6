/** A commit that is refused: nothing is called, nothing in the ledger changes, and the right one can follow. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { aWave, inNight, runIDOf, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }, { hostname: 'bad-1', cutover: 'launchFailed' as const }];
const scenario = aWave(servers);

const keep = (night: Night, input: Record<string, unknown> = { runID: 'night-1' }, name = 'keep-1') =>
  night.walk({ machine: 'commit', name, input });
const undo = (night: Night, around?: AroundStep) =>
  night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' }, ...(around && { around }) });

/** All that a commit could change: the ledger's records, its locks, and what was sent to MGN. */
async function everything(night: Night) {
  const { run, servers: records, failures } = await night.read();
  const locks = await night.ledger.readLocks(
    records.map(({ arn }) => arn),
    night.time.now(),
  );
  return { run, records, failures, locks, writes: night.writes.length };
}

async function expectRefused(night: Night, input: Record<string, unknown>, error: string, words: RegExp) {
  const before = await everything(night);
  const { result } = await keep(night, input);

  expect(result).toMatchObject({ status: 'FAILED', error });
  expect('cause' in result && result.cause).toMatch(words);
  expect(await everything(night)).toEqual(before);
}

describe('for its input', () => {
  it.each([
    ['no run', () => ({}), 'InvalidInputError', /runID/],
    ['an unknown run', () => ({ runID: 'night-9' }), 'RunNotFoundError', /night-9/],
    ['an unknown key', () => ({ runID: 'night-1', yes: true }), 'InvalidInputError', /yes is not a known field/],
    ['a host name', () => ({ runID: 'night-1', sourceServerIDs: ['web-1'] }), 'InvalidInputError', /sourceServerIDs/],
    ['an empty list', () => ({ runID: 'night-1', sourceServerIDs: [] }), 'InvalidInputError', /sourceServerIDs/],
    [
      'a server of another run',
      () => ({ runID: 'night-1', sourceServerIDs: ['s-00000000000000000'] }),
      'InvalidInputError',
      /s-00000000000000000 are not part of run night-1/,
    ],
    [
      'a server that was rolled back, beside one that is verified',
      (night: Night) => ({ runID: 'night-1', sourceServerIDs: [night.idOf('web-1'), night.idOf('bad-1')] }),
      'InvalidInputError',
      /Only what run night-1 verified can be finalized: bad-1 \(s-\w+\) is ROLLED_BACK/,
    ],
  ] as const)('(%s)', async (_name, inputOf, error, words) => {
    await inNight(scenario, async (night) => {
      await night.walk();
      await expectRefused(night, inputOf(night), error, words);

      expect((await keep(night, { runID: 'night-1' }, 'keep-2')).result).toMatchObject({ status: 'SUCCEEDED' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('when the run has verified nothing', async () => {
  await inNight(aWave(servers.slice(2)), async (night) => {
    await night.walk();

    await expectRefused(night, { runID: 'night-1' }, 'InvalidInputError', /has no verified source server/);
  });
});

it('after everything was brought back', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    await undo(night);

    await expectRefused(night, { runID: 'night-1' }, 'InvalidInputError', /has no verified source server/);
    expect(await breachesOf(night)).toEqual([]);
  });
});

describe('while the run is not settled', () => {
  it('because it is under way; the run goes on as if nobody had asked', async () => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      const wave = night.start();
      await night.time.sleep(300_000);
      const { result } = await keep(night);

      expect(result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
      expect((await wave.ended).result).toMatchObject({ status: 'SUCCEEDED' });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('because it was stopped, even when nobody holds it any more', async () => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      const wave = night.start();
      await night.time.sleep(300_000);
      wave.running.stop();
      await wave.ended;
      await night.time.sleep(holdMs);

      await expectRefused(night, { runID: 'night-1' }, 'RunHeldError', /night-1 has not ended \(.*web-1/);
    });
  });

  it('because every server has its verdict and the run itself still has to end', async () => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      const refused: unknown[] = [];
      const { result } = await night.walk({
        around: async (step, invoke) => {
          if (step.stateName === 'RecordOutcome') refused.push((await keep(night)).result);
          return invoke();
        },
      });

      expect(refused).toMatchObject([{ status: 'FAILED', error: 'RunHeldError' }]);
      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('because a rollback of it was stopped; once that is finished there is nothing to commit', async () => {
    await inNight(scenario, async (night) => {
      await night.walk();
      await undo(night, async (step, invoke) => {
        if (step.stateName !== 'RevertLifeCycle') return invoke();
        step.stop();
        return undefined;
      });
      await night.time.sleep(holdMs);

      await expectRefused(night, { runID: 'night-1' }, 'RunHeldError', /rollback of run night-1 is not finished/);
      expect(
        (await night.walk({ machine: 'rollback', name: 'undo-2', input: { runID: 'night-1' } })).result,
      ).toMatchObject({ status: 'SUCCEEDED' });
      await expectRefused(night, { runID: 'night-1' }, 'InvalidInputError', /has no verified source server/);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('when another run holds one of its servers, all or none', async () => {
  await inNight(scenario, async (night) => {
    await night.walk();
    const { arn = '' } = night.server('web-2');
    const now = night.time.now();
    await night.ledger.takeLocks([arn], runIDOf('night-2'), { now, expiresAt: now + holdMs }, 'all');
    const before = await everything(night);
    const { result } = await keep(night);
    const after = await everything(night);

    expect(result).toMatchObject({ error: 'RunHeldError', cause: expect.stringContaining('held by run night-2') });
    expect(after).toEqual({ ...before, run: { ...before.run, holder: undefined } });

    const other = { runID: 'night-1', sourceServerIDs: [night.idOf('web-1')] };
    expect((await keep(night, other, 'keep-2')).result).toMatchObject({ status: 'SUCCEEDED' });
    await night.ledger.releaseLocks([arn], runIDOf('night-2'));
    expect(await breachesOf(night)).toEqual([]);
  });
});

describe('while a commit is under way', () => {
  it.each(['commit', 'rollback'] as const)('a %s of the same run is refused', async (machine) => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      await night.walk();
      const refused: unknown[] = [];
      const { result } = await night.walk({
        machine: 'commit',
        name: 'keep-1',
        input: { runID: 'night-1' },
        around: async (step, invoke) => {
          if (step.stateName === 'FinalizeCutover') {
            const other = await night.walk({ machine, name: 'other-1', input: { runID: 'night-1' } });
            refused.push(other.result);
          }
          return invoke();
        },
      });

      expect(refused).toMatchObject([{ status: 'FAILED', error: 'RunHeldError' }]);
      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { commit: 'FINALIZED' } });
      expect(night.writes.filter(({ operation }) => operation === 'FinalizeCutover')).toHaveLength(2);
      expect((await night.read()).run.commits).toHaveLength(1);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('its servers are locked, and no longer than that', async () => {
    await inNight(aWave(servers.slice(0, 2)), async (night) => {
      await night.walk();
      const { arn = '' } = night.server('web-1');
      const holderOf = async () => (await night.ledger.readLocks([arn], night.time.now())).get(arn)?.runID;
      const held: unknown[] = [await holderOf()];
      await night.walk({
        machine: 'commit',
        name: 'keep-1',
        input: { runID: 'night-1' },
        around: async (step, invoke) => {
          if (step.stateName === 'FinalizeCutover') held.push(await holderOf());
          return invoke();
        },
      });

      expect([...held, await holderOf()]).toEqual([undefined, 'night-1', undefined]);
    });
  });
});
