/** The functions outside the state machines, as they are bundled and deployed: what they tell of a night. */
import * as v from 'valibot';
import wave from '../../examples/wave.json' with { type: 'json' };
import { waitingGate } from '../../functions/domain/gate.ts';
import { NoticeDocumentSchema } from '../../functions/watch/notice-document.ts';
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

const TextSchema = v.pipe(v.string(), v.parseJson());
/** What SNS was told, for people and for programs. */
const MessageSchema = v.pipe(
  TextSchema,
  v.object({ email: v.string(), sqs: v.pipe(TextSchema, NoticeDocumentSchema) }),
);
const noticesIn = (night: DeployedNight) =>
  night
    .received()
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => new URLSearchParams(body))
    .map((form) => ({ subject: form.get('Subject'), ...v.parse(MessageSchema, form.get('Message')) }));
const tick = { source: 'aws.events', 'detail-type': 'Scheduled Event', detail: {} };

describe('while the example wave waits for a person', () => {
  it('people are told once, with the command that ends the waiting, and again when it is nearly too late', async () => {
    await onDeployedStack(stack, exampleScenario, async (night) => {
      await night.allow();
      const input = { ...wave, options: { ...wave.options, start: 'approve' } };
      const execution = night.execute('WaveCutoverAliasArn', name, input);
      const run = async () => {
        await night.sleep(60_000);
        return night.run(name);
      };
      let waiting = await run();
      for (let minute = 0; minute < 60 && (waiting === undefined || !waitingGate(waiting)); minute += 1)
        waiting = await run();
      await invoke(night, 'WatchRuns', tick);
      await invoke(night, 'WatchRuns', tick);
      const [opened, ...more] = noticesIn(night);
      expect(more).toEqual([]);
      expect(opened?.subject).toBe('mgn-cutover ACT: waits for a person to approve the start: night-1');
      expect(opened?.email).toMatch(/\n {4}mgn-cutover approve night-1 --stack MgnCutover --region \S+\n/);
      expect(opened?.sqs).toMatchObject({ kind: 'GATE_OPENED', run: name, stack: 'MgnCutover' });

      const due = Date.parse(opened?.sqs.due ?? '');
      await night.sleep(due - 600_000 - Date.parse(opened?.sqs.at ?? ''));
      await invoke(night, 'WatchRuns', tick);
      expect(noticesIn(night).map(({ sqs }) => [sqs.kind, sqs.severity])).toEqual([
        ['GATE_OPENED', 'ACT'],
        ['GATE_DUE', 'URGENT'],
      ]);
      await execution;
    });
  });
});

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
      const notices = noticesIn(night);
      expect(notices.map(({ subject }) => subject)).toEqual(['mgn-cutover ACT: cutover failed: night-1']);
      expect(notices[0]?.email).toMatch(/mgn-cutover rollback night-1 --stack MgnCutover --region \S+/);
    });
  });

  it('the figures of open runs go to the log as metrics, and none is open any more', async () => {
    await onDeployedStack(stack, exampleScenario, async (night) => {
      await night.allow();
      await night.execute('WaveCutoverAliasArn', name, exampleInput);
      await invoke(night, 'WatchRuns', tick);

      expect(figuresIn(night.functionOf('WatchRuns').log)).toMatchObject([
        { Stack: 'MgnCutover', OpenRuns: 0, StalledRuns: 0, ServersNeedingAPerson: 0 },
      ]);
    });
  });
});
