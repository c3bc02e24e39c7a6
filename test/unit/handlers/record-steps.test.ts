/** What the recording steps write down: a failure and who waited for it, and what a run came to. */
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { begin, callerOf, type Call } from './direct.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number];

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ hostname: `web-${index + 1}` }));
const scenario = aWave(named(2));
const night1 = runIDOf('night-1');

async function changeRun(night: Night, change: (run: RunRecord) => RunRecord): Promise<void> {
  const stored = await night.ledger.readRun(night1);
  if (stored === undefined) throw new Error('no run');
  await night.ledger.saveRun(change(stored.value), stored.version);
}

describe('RecordFailure', () => {
  it.each([
    ['a function’s error in its own words', JSON.stringify({ errorType: 'X', errorMessage: 'no room' }), 'no room'],
    ['Step Functions’ own as it came', 'Task timed out', 'Task timed out'],
    ['a long one by its beginning', 'x'.repeat(5_000), 'x'.repeat(2_000)],
  ])('keeps %s', async (_name, cause, kept) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'ResolveWave');
      await call('RecordFailure', { error: { Error: 'X', Cause: cause } });

      expect((await night.read()).failures).toEqual([{ at: night.time.now(), error: 'X', cause: kept }]);
    });
  });
  const error = { Error: 'RequestRefusedError', Cause: JSON.stringify({ errorMessage: 'no', trace: [] }) };

  it('settles the servers that waited for a step that is given up', async () => {
    const exception = 'ValidationException' as const;
    const faults: Fault[] = [{ fault: 'refuse', operation: 'StartCutover', exception }];
    await inNight(aWave(named(2), { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'RequestRefusedError' });
      await call('RecordFailure', { gaveUp: 'START_CUTOVER', error });
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'NOT_STARTED' });
      expect(left.of('web-1').reasons).toMatchObject([{ code: 'START_FAILED', fact: 'RequestRefusedError: no' }]);
      expect(left.failures).toMatchObject([{ error: 'RequestRefusedError', cause: 'no', batchID: 'batch-001' }]);
    });
  });

  it('decides nothing where the machine goes on by itself', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const before = (await night.read()).servers;
      await call('RecordFailure', { error });

      expect((await night.read()).servers).toEqual(before);
      expect((await night.read()).failures).toMatchObject([{ error: 'RequestRefusedError', cause: 'no' }]);
    });
  });
});

describe('RecordOutcome', () => {
  /** A run whose servers were launched and brought back. */
  async function bringBack(night: Night): Promise<Call> {
    const call = callerOf(night);
    await begin(call, night, 'StartCutover');
    await night.time.sleep(900_000);
    await call('CheckLaunch');
    for (const state of ['SelectRollback', 'RevertLifeCycle', 'TerminateCutoverInstances'] as const)
      await call(state, { input: { runID: 'night-1', scope: 'UNVERIFIED', executionID: 'execution-1' } });
    await night.time.sleep(600_000);
    await call('VerifyRollback');
    return call;
  }

  it.each([
    ['waits at its commit gate', { taskToken: 'token-1' }, { taskToken: 'token-1' }],
    ['has gone on from there', { closedAt: 1 }, {}],
  ])('says how to call back a wave that %s', async (_what, fields, expected) => {
    await inNight(scenario, async (night) => {
      const call = await bringBack(night);
      const gate = { gate: 'COMMIT' as const, openedAt: 0, closesAt: night.time.now(), ...fields };
      await changeRun(night, (run) => ({ ...run, gates: [gate] }));
      const { taskToken } = { taskToken: undefined, ...Object(await call('RecordOutcome')) };

      expect({ taskToken }).toEqual({ taskToken: undefined, ...expected });
    });
  });

  it('keeps what the run teaches about time, and once however often it is repeated', async () => {
    await inNight(scenario, async (night) => {
      const call = await bringBack(night);
      await call('RecordOutcome');
      await night.time.sleep(1_000);
      await call('RecordOutcome');

      const taught = await night.ledger.readTimings('123456789012/us-east-1');
      expect(taught.map(({ runID, servers }) => [runID, servers])).toEqual([['night-1', 2]]);
      expect(taught[0]?.rollbackSeconds?.p90).toBeGreaterThanOrEqual(600);
    });
  });

  it.each([
    ['WAIT', 'STILL_WAITING'],
    ['AWAIT_APPROVAL', 'NOT_APPROVED'],
    ['REFUSE', 'WAVE_REFUSED'],
  ] as const)('says why nothing was started when the plan was %s', async (decision, code) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      await changeRun(night, (run) => ({ ...run, plan: { plannedAt: 0, decision, reasons: [] } }));

      expect(await call('RecordOutcome')).toMatchObject({ outcome: 'REFUSED' });
      expect((await night.read()).of('web-1')).toMatchObject({ verdict: 'NOT_STARTED', reasons: [{ code }] });
    });
  });
});
