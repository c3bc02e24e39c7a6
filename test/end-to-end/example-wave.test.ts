/**
 * The example wave on what `cdk synth` makes: the state machines, functions and table of the template itself. It has to
 * end as the same wave does on one machine, and be brought back by the stack's own rollback.
 */
import { onDeployedStack, verdictsOf, type DeployedNight } from '../support/deployed-night.ts';
import { synthesizeStack } from '../support/synthesized-stack.ts';
import { exampleInput, exampleScenario, exampleVerdicts, runExampleLocally } from './example-wave.ts';

jest.setTimeout(180_000);

const name = 'night-1';
const historyEventsMax = 2_000;
const payloadBytesMax = 16 * 1024;

const stack = synthesizeStack();

afterAll(() => {
  stack.remove();
});

/** Cuts the wave over, looks around, rolls the run back by its alias and looks again. */
const spendNight = async (night: DeployedNight) => {
  await night.allow();
  const cutover = await night.execute('WaveCutoverAliasArn', name, exampleInput);
  const cutOver = { report: await night.report(name), account: night.account() };
  const rollback = await night.execute('RollbackAliasArn', 'back-1', { runID: name });
  const back = { report: await night.report(name), account: night.account() };
  return { cutover, cutOver, rollback, back, log: night.log() };
};

let local: Awaited<ReturnType<typeof runExampleLocally>>;
let deployed: Awaited<ReturnType<typeof spendNight>>;

beforeAll(async () => {
  local = await runExampleLocally(name);
  deployed = await onDeployedStack(stack, exampleScenario, spendNight);
});

/** Without its times and request IDs: here and there the SDK waits differently between its attempts, and sends others. */
const withoutTimes = (report: unknown): unknown =>
  JSON.parse(
    JSON.stringify(report)
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replaceAll(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'REQUEST'),
  );

describe('the example wave on the synthesized stack', () => {
  it('gives each source server the verdict that examples/expected.json expects', () => {
    expect(verdictsOf(deployed.cutOver.report)).toEqual(exampleVerdicts);
  });

  it('leaves in the table what a local run leaves in its ledger: reasons, jobs, instances, next steps', () => {
    expect(withoutTimes(deployed.cutOver.report)).toEqual(withoutTimes(local.report));
  });

  it('ends as the local execution does, told apart by its error', () => {
    const { status, error, cause } = { error: undefined, cause: undefined, ...deployed.cutover.result };

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'WavePartlyCutOver' });
    expect(local.result).toMatchObject({ status, error, cause });
  });

  it('invokes the functions that the template names after the steps of the local run, in published versions', () => {
    const { stackName } = stack.deployment;
    const functionArns = deployed.log.match(/(?<="function_arn":")[^"]*/g) ?? [];

    expect([...new Set(deployed.cutover.invoked)]).toEqual(
      [...new Set(local.steps)].map((step) => `${stackName}-${step}`),
    );
    expect(functionArns.length).toBeGreaterThanOrEqual(deployed.cutover.invoked.length);
    for (const arn of functionArns) expect(arn).toMatch(/:function:[\w-]+:\d+$/);
  });

  it('starts one cutover job, although its answer is lost', () => {
    const { account, report } = deployed.cutOver;
    const started = account.jobs.filter(({ initiatedBy }) => initiatedBy === 'START_CUTOVER');

    expect(started).toHaveLength(1);
    expect(report.jobStarts.filter(({ kind }) => kind === 'START_CUTOVER')).toMatchObject([
      { answer: 'LOST_AND_FOUND', jobID: started[0]?.jobID },
    ]);
    expect(account.sourceServers.filter(({ attempts }) => attempts.cutover > 1)).toEqual([]);
  });

  it('stays far from the limits of Step Functions', () => {
    for (const { meter } of [deployed.cutover, deployed.rollback]) {
      for (const { historyEvents } of meter.executions) expect(historyEvents).toBeLessThan(historyEventsMax);
      expect(meter.total.largestPayloadBytes).toBeLessThan(payloadBytesMax);
    }
  });

  it('logs one line of JSON an entry, and no source server’s name', () => {
    const lines = deployed.log.split('\n').filter((line) => line !== '');

    expect(lines.length).toBeGreaterThanOrEqual(deployed.cutover.invoked.length);
    for (const line of lines) expect(() => void JSON.parse(line)).not.toThrow();
    for (const hostname of Object.keys(exampleVerdicts)) expect(deployed.log).not.toContain(`"${hostname}"`);
  });

  it('brings back all that was verified when the rollback is started by its alias', () => {
    const brought = { ...exampleVerdicts };
    for (const [hostname, verdict] of Object.entries(brought))
      if (verdict === 'VERIFIED') brought[hostname] = 'ROLLED_BACK';
    const states = deployed.back.account.sourceServers.map(({ lifeCycle }) => lifeCycle?.state);

    expect(deployed.rollback.result.status).toBe('SUCCEEDED');
    expect(verdictsOf(deployed.back.report)).toEqual(brought);
    expect([...new Set(states)].sort()).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_TEST']);
  });
});
