/** What people and other things have a say in, on the synthesized stack: gates, many waves, hooks, other accounts. */
import { waitingGate } from '../../functions/domain/gate.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import { onDeployedStack, verdictsOf, type DeployedNight } from '../support/deployed-night.ts';
import { synthesizeStack } from '../support/synthesized-stack.ts';
import { otherID, roleArn, twoAccounts } from '../unit/accounts/two-accounts.ts';

jest.setTimeout(180_000);

const stack = synthesizeStack();

afterAll(() => {
  stack.remove();
});

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };
const defaults = { launchedInstance: 'none' as const, timings };
const wavesOf = (...hostnames: readonly string[]): ScenarioInput => ({
  defaults,
  waves: hostnames.map((hostname) => ({
    name: hostname,
    applications: [{ name: hostname, servers: [{ hostname }] }],
  })),
});
const minuteMs = 60_000;

const inNight = (scenario: ScenarioInput, spend: (night: DeployedNight) => Promise<void>) =>
  onDeployedStack(stack, parseScenario(scenario), spend);
const waveIDs = (night: DeployedNight) => night.account().waves.map(({ waveID }) => waveID);

/** Lets time pass until the run waits for a person. */
async function untilItWaits(night: DeployedNight, name: string): Promise<void> {
  for (let minutes = 0; minutes < 120; minutes += 1) {
    await night.sleep(minuteMs);
    const run = await night.run(name);
    if (run !== undefined && waitingGate(run) !== undefined) return;
  }
  throw new Error('the run never waited');
}

it('a run waits for a person before its start and before it is final, and is called back by the commit’s alias', () =>
  inNight(wavesOf('web'), async (night) => {
    await night.allow();
    const input = { waveID: waveIDs(night)[0], options: { start: 'approve', commit: 'approve' } };
    const wave = night.execute('WaveCutoverAliasArn', 'night-1', input);
    await untilItWaits(night, 'night-1');
    expect(night.server('web').lifeCycle?.state).toBe('READY_FOR_CUTOVER');

    const approval = await night.execute('CommitAliasArn', 'word-1', { runID: 'night-1', approve: 'start' });
    expect(approval.result).toMatchObject({ status: 'SUCCEEDED', output: { answer: 'APPROVED' } });
    await untilItWaits(night, 'night-1');
    expect(verdictsOf(await night.report('night-1'))).toEqual({ web: 'VERIFIED' });

    const commit = await night.execute('CommitAliasArn', 'word-2', { runID: 'night-1' });
    const { result, endedAt } = await wave;
    expect(commit.result.status).toBe('SUCCEEDED');
    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'FINALIZED' } });
    expect(endedAt - commit.endedAt).toBeLessThan(minuteMs);
    expect(night.server('web').lifeCycle?.state).toBe('CUTOVER');
  }));

it('a migration cuts one wave over after the other, each as a run of its own', () =>
  inNight(wavesOf('crm', 'erp'), async (night) => {
    await night.allow();
    const waves = waveIDs(night).map((waveID, index) => ({ name: ['crm', 'erp'][index], input: { waveID } }));
    const { result, invoked } = await night.execute('MigrationRunAliasArn', 'move', { waves });

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '2 waves: 2 verified' } });
    expect(verdictsOf(await night.report('move-crm'))).toEqual({ crm: 'VERIFIED' });
    expect(verdictsOf(await night.report('move-erp'))).toEqual({ erp: 'VERIFIED' });
    for (const step of ['PlanMigration', 'TakeWave', 'RecordMigration'])
      expect(invoked).toContain(`${stack.deployment.stackName}-${step}`);
  }));

it('a hook that is a Lambda function is called with the run and its source servers', () =>
  inNight(wavesOf('web'), async (night) => {
    await night.allow();
    const lambda = 'arn:aws:lambda:eu-central-1:123456789012:function:smoke:live';
    const options = { hooks: [{ name: 'smoke', when: 'afterVerified', lambda }] };
    const { result } = await night.execute('WaveCutoverAliasArn', 'night-1', { waveID: waveIDs(night)[0], options });

    const called = night.received().filter(({ path }) => path.endsWith('/invocations'));
    expect(result.status).toBe('SUCCEEDED');
    expect(called.map(({ path }) => decodeURIComponent(path))).toEqual([`/2015-03-31/functions/${lambda}/invocations`]);
    expect(JSON.parse(called[0]?.body ?? '')).toMatchObject({
      runID: 'night-1',
      hook: 'smoke',
      sourceServers: [{ hostname: 'web', ec2InstanceID: night.server('web').launchedInstance?.ec2InstanceID }],
    });
  }));

it('a wave of another account and region is cut over through a role there', () =>
  inNight({ ...twoAccounts, defaults: { ...defaults, tags: { 'mgn-cutover': 'allowed' } } }, async (night) => {
    const [wave] = night.waves(otherID, 'eu-west-1');
    const input = { waveID: wave?.waveID, accountID: otherID, region: 'eu-west-1', roleArn };
    const { result } = await night.execute('WaveCutoverAliasArn', 'night-1', input);

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { VERIFIED: 1 } } });
  }));
