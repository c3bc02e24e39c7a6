/** Invocations that Step Functions has given up on and repeated, and that come through all the same, minutes later. */
import { aWave, inNight, withOptions, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const gone = () => Object.assign(new Error('the connection broke'), { name: 'Lambda.Unknown' });

/** The first invocation of the handler comes through only after that time; meanwhile the step is repeated. */
function lateBy(night: Night, handler: string, ms: number, late: Promise<unknown>[]): AroundStep {
  return async (step, invoke) => {
    if (step.handler !== handler || late.length > 0) return invoke();
    late.push(night.time.sleep(ms).then(invoke));
    late[0]?.catch(() => undefined);
    throw gone();
  };
}

it('a readiness check that comes after the end of its run locks nothing and changes no verdict', async () => {
  await inNight(aWave([{ hostname: 'a', lifeCycleState: 'TESTING' }, { hostname: 'b' }]), async (night) => {
    const late: Promise<unknown>[] = [];
    await night.walk({ around: lateBy(night, 'AssessReadiness', 200_000, late) });
    const before = await night.read();
    await expect(late[0]).rejects.toMatchObject({ name: 'RunHeldError' });
    const after = await night.read();

    expect(before.run.end?.outcome).toBe('REFUSED');
    expect(after.servers).toEqual(before.servers);
    expect(after.run).toEqual(before.run);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a readiness check that is still at work when its repetition has cut the wave over does not undo that', async () => {
  const timings = { variation: 0, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 20 };
  await inNight(aWave([{ hostname: 'a' }, { hostname: 'b' }], { defaults: { timings } }), async (night) => {
    const slow: Promise<unknown>[] = [];
    const usual = { ...night.ledger };
    Object.assign(night.ledger, {
      readTimings: async (place: string) => {
        Object.assign(night.ledger, usual);
        await night.time.sleep(800_000);
        return usual.readTimings(place);
      },
    });
    await night.walk({
      around: async (step, invoke) => {
        if (step.handler !== 'AssessReadiness' || slow.length > 0) return invoke();
        slow.push(invoke());
        slow[0]?.catch(() => undefined);
        await night.time.sleep(1_000);
        throw gone();
      },
    });
    const before = await night.read();
    await expect(slow[0]).rejects.toMatchObject({ name: 'LedgerConflictError' });

    expect(before.verdicts).toEqual({ a: 'VERIFIED', b: 'VERIFIED' });
    expect((await night.read()).servers).toEqual(before.servers);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('a FinalizeCutover step that runs beside its repetition does not unsay what that one has finalized', async () => {
  await inNight(aWave([{ hostname: 'a' }, { hostname: 'b' }, { hostname: 'c' }]), async (night) => {
    const beside: Promise<unknown>[] = [];
    await night.walk({
      input: withOptions(night, { commit: 'auto' }),
      around: async (step, invoke) => {
        if (step.handler !== 'FinalizeCutover' || beside.length > 0) return invoke();
        night.simulator
          .faults()
          .add({ fault: 'delay', operation: 'DescribeSourceServers', timesMax: 1, delayMs: 25_000 });
        beside.push(invoke());
        beside[0]?.catch(() => undefined);
        await night.time.sleep(1_000);
        throw gone();
      },
    });
    await Promise.allSettled(beside);
    await night.time.sleep(60_000);

    expect((await night.read()).verdicts).toEqual({ a: 'FINALIZED', b: 'FINALIZED', c: 'FINALIZED' });
    expect(await breachesOf(night)).toEqual([]);
  });
});
