/** The functions outside the state machines, as they are bundled and deployed: what they tell of a night. */
import { LambdaContext } from '../../local/lambda-context.ts';
import { onDeployedStack, type DeployedNight, type Executed } from '../support/deployed-night.ts';
import { synthesizeStack } from '../support/synthesized-stack.ts';
import { exampleInput, exampleScenario } from './example-wave.ts';

jest.setTimeout(180_000);

const name = 'night-1';
const stack = synthesizeStack();

afterAll(() => {
  stack.remove();
});

/** As EventBridge invokes a function: unqualified, and with the event alone. */
const invoke = (night: DeployedNight, functionName: string, event: unknown) => {
  const arn = `arn:aws:lambda:us-east-1:123456789012:function:MgnCutover-${functionName}`;
  const context = new LambdaContext({ functionName, functionArn: arn, key: functionName, deadlineMs: Infinity });
  return night.functionOf(functionName).handler(event, context);
};

const endOf = ({ executionArn, startedAt, endedAt, result }: Executed, input: unknown) => ({
  source: 'aws.states',
  'detail-type': 'Step Functions Execution Status Change',
  detail: {
    executionArn,
    name,
    status: result.status,
    startDate: startedAt,
    stopDate: endedAt,
    input: JSON.stringify(input),
    inputDetails: { included: true },
    ...('error' in result ? { error: result.error, cause: result.cause } : {}),
  },
});

/** The figures in a function's log, in the embedded metric format. */
const figuresIn = (log: string): unknown[] =>
  log
    .split('\n')
    .filter((line) => line.includes('"_aws"'))
    .map((line): unknown => JSON.parse(line));

describe('when the example wave has ended', () => {
  it('the evidence is kept, and people are told what to do next', async () => {
    await onDeployedStack(stack, exampleScenario, async (night) => {
      await night.allow();
      const ended = await night.execute('WaveCutoverAliasArn', name, exampleInput);
      await invoke(night, 'ReportRun', endOf(ended, exampleInput));
      await invoke(night, 'ReportRun', endOf(ended, exampleInput));

      const kept = night.received().filter(({ method }) => method === 'PUT');
      expect(kept.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\/runs\/night-1\/report\.json$/));
      expect(JSON.parse(kept[0]?.body ?? '')).toMatchObject({ report: { run: { name, outcome: 'PARTIAL' } } });
      const told = night.received().filter(({ method }) => method === 'POST');
      const notices = told.map(({ body }) => new URLSearchParams(body));
      expect(notices.map((notice) => notice.get('Subject'))).toEqual(['mgn-cutover: cutover failed: night-1']);
      expect(notices[0]?.get('Message')).toMatch(/mgn-cutover rollback night-1 --stack MgnCutover --region \S+/);
    });
  });

  it('the figures of open runs go to the log as metrics, and none is open any more', async () => {
    await onDeployedStack(stack, exampleScenario, async (night) => {
      await night.allow();
      await night.execute('WaveCutoverAliasArn', name, exampleInput);
      await invoke(night, 'WatchRuns', { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} });

      expect(figuresIn(night.functionOf('WatchRuns').log)).toMatchObject([
        { Stack: 'MgnCutover', OpenRuns: 0, StalledRuns: 0, ServersNeedingAPerson: 0 },
      ]);
    });
  });
});
