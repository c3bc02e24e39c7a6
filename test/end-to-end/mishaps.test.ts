/** What Lambda and people do to a night on the synthesized stack, and what the stack makes of it. */
import type { CallRecord } from '../../simulator/call-log.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { aWave } from '../support/a-run.ts';
import { onDeployedStack, verdictsOf, type DeployedNight, type NightOptions } from '../support/deployed-night.ts';
import { synthesizeStack } from '../support/synthesized-stack.ts';

jest.setTimeout(180_000);

const stack = synthesizeStack();

afterAll(() => {
  stack.remove();
});

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };
const twoServers = parseScenario(aWave([{ hostname: 'web' }, { hostname: 'db' }], { defaults: { timings } }));
const name = 'night-1';

const inNight = (spend: (night: DeployedNight) => Promise<void>, options?: NightOptions) =>
  onDeployedStack(stack, twoServers, spend, options);

const startWave = (night: DeployedNight) =>
  night.execute('WaveCutoverAliasArn', name, { waveID: night.account().waves[0]?.waveID });

const cutOver = async (night: DeployedNight) => {
  await night.allow();
  return startWave(night);
};

const verdictsIn = async (night: DeployedNight) => verdictsOf(await night.report(name));

const statesIn = (night: DeployedNight) => night.account().sourceServers.map(({ lifeCycle }) => lifeCycle?.state);

const cutoverJobsIn = (night: DeployedNight) =>
  night.account().jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');

const isStart = ({ operation, error }: CallRecord) => operation === 'StartCutover' && error === undefined;

describe('the function that starts the cutover', () => {
  const adoptsTheJob = async (night: DeployedNight) => {
    await cutOver(night);

    expect(await verdictsIn(night)).toEqual({ web: 'VERIFIED', db: 'VERIFIED' });
    expect(cutoverJobsIn(night)).toHaveLength(1);
    expect((await night.report(name)).jobStarts).toMatchObject([{ answer: 'LOST_AND_FOUND' }]);
    expect(night.functionOf('StartCutover').coldStartCount).toBe(2);
  };

  it('hangs with the job made until Lambda ends it: the next invocation adopts the job', () =>
    inNight(adoptsTheJob, {
      onCall: (call, night) => {
        if (isStart(call)) night.functionOf('StartCutover').freeze();
      },
    }));

  it('dies with the job made: the next invocation adopts the job', () =>
    inNight(adoptsTheJob, {
      onCall: (call, night) => {
        if (isStart(call)) night.functionOf('StartCutover').crash();
      },
    }));

  it('dies with the job made and whenever it is called again: the wave is brought back', () => {
    let isDeadly = false;
    const onCall = (call: CallRecord, night: DeployedNight) => {
      isDeadly ||= isStart(call);
      if (isDeadly) night.functionOf('StartCutover').crash();
    };
    return inNight(
      async (night) => {
        const { result } = await cutOver(night);

        expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
        expect(await verdictsIn(night)).toEqual({ web: 'ROLLED_BACK', db: 'ROLLED_BACK' });
        expect((await night.report(name)).failures).toMatchObject([{ error: 'Runtime.ExitError' }]);
        expect(cutoverJobsIn(night)).toHaveLength(1);
        expect(statesIn(night)).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
      },
      { onCall },
    );
  });
});

describe('a person', () => {
  it('commits what was verified by the alias, and it is final', () =>
    inNight(
      async (night) => {
        const { invoked } = await cutOver(night);
        const { result } = await night.execute('CommitAliasArn', 'keep-1', { runID: name });

        expect(result.status).toBe('SUCCEEDED');
        expect(await verdictsIn(night)).toEqual({ web: 'FINALIZED', db: 'FINALIZED' });
        expect(statesIn(night)).toEqual(['CUTOVER', 'CUTOVER']);
        const polls = invoked.filter((invokedName) => invokedName.endsWith('-PollJobs'));
        expect(night.functionOf('PollJobs').coldStartCount).toBe(polls.length);
      },
      { coldSteps: ['PollJobs'] },
    ));

  it('forgets to allow a source server by its tag: the wave is refused and nothing was touched', () => {
    const changes = new Set<string>();
    const onCall = ({ operation }: CallRecord) => {
      if (!/^(\w+:)?(Describe|List|Get)/.test(operation)) changes.add(operation);
    };
    return inNight(
      async (night) => {
        await night.allow((hostname) => hostname === 'web');
        const { result } = await startWave(night);

        const { servers } = await night.report(name);
        const codes = servers.map(({ hostname = '', reasons }) => [hostname, reasons.map(({ code }) => code)] as const);
        expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
        expect(await verdictsIn(night)).toEqual({ web: 'NOT_STARTED', db: 'BLOCKED' });
        expect(Object.fromEntries(codes)).toMatchObject({ db: ['SOURCE_SERVER_TAG_MISSING'] });
        expect([...changes]).toEqual(['TagResource']);
      },
      { onCall },
    );
  });
});

describe('every function of the template', () => {
  it('starts on its runtime from its own folder alone', () =>
    inNight(async (night) => {
      const names = [...stack.functions.keys()].map((functionName) => functionName.replace(/^[^-]*-/, ''));
      for (const step of names) await night.functionOf(step).warmUp();

      expect(names).toContain('StartCutover');
      for (const step of names) expect(night.functionOf(step).coldStartCount).toBe(1);
    }));
});
