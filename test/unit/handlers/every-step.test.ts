/** What holds for all steps: wrong events are named, and only the execution that holds the run may go on. */
import { aWave, inNight } from '../../support/a-run.ts';
import { createHandlers } from '../../../functions/handlers/index.ts';
import { batch, begin, callerOf } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1', launchedInstance: 'test' }]);
const error = { Error: 'Lambda.Unknown', Cause: 'died' };
const more: Readonly<Record<string, Record<string, unknown>>> = {
  TerminateTestInstances: batch,
  StartCutover: batch,
  PollJob: { ...batch, kind: 'START_CUTOVER' },
  CheckLaunch: batch,
  CheckPostLaunchActions: batch,
  AwaitRunningJobs: batch,
  RevertLifeCycle: batch,
  TerminateCutoverInstances: batch,
  VerifyRollback: batch,
  RecordFailure: { error },
  LockSourceServers: {},
  AssessReadiness: {},
  FinalizeCutover: {},
  RecordOutcome: {},
};
const holding = Object.entries(more);

it('names every step but the three that claim a run', async () => {
  await inNight(scenario, (night) => {
    const others = Object.keys(createHandlers(night.deps)).filter((name) => !(name in more));

    expect(others.sort()).toEqual(['ResolveWave', 'SelectCommit', 'SelectRollback']);
    return Promise.resolve();
  });
});

describe.each(holding)('%s', (handler, event) => {
  it('refuses an event without a run, naming the field', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);

      await expect(call(handler, { ...event, runID: 'no name' })).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining('runID'),
      });
      await expect(call(handler, { ...event, executionID: '' })).rejects.toThrow(/executionID/);
    });
  });

  it('knows no run that is not in the ledger', async () => {
    await inNight(scenario, async (night) => {
      await expect(callerOf(night)(handler, event)).rejects.toMatchObject({ name: 'RunNotFoundError' });
    });
  });

  it('does nothing for an execution that does not hold the run', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { commit: 'auto' });
      const before = await night.read();
      const writes = night.writes.length;

      await expect(call(handler, { ...event, executionID: 'execution-2' })).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining('execution-1'),
      });
      expect(await night.read()).toMatchObject({ run: before.run, servers: before.servers, failures: [] });
      expect(night.writes).toHaveLength(writes);
    });
  });
});

describe.each(holding.filter(([, event]) => 'batchID' in event))('%s', (handler, event) => {
  it('refuses a batch that cannot be one', async () => {
    await inNight(scenario, async (night) => {
      const refused = callerOf(night)(handler, { ...event, batchID: 'first' });

      await expect(refused).rejects.toThrow(/batchID: expected a batch ID/);
    });
  });
});
