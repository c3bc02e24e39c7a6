import * as v from 'valibot';
import { NoticeDocumentSchema } from '../../../functions/watch/notice-document.ts';
import type { Observation } from '../../../functions/watch/observe-run.ts';
import { needsAPerson, writeNotice, type NoticeFacts } from '../../../functions/watch/notice.ts';
import type { SettledRun } from '../../../functions/watch/settle-run.ts';
import { wrapped } from '../../../functions/watch/notice-text.ts';
import type { Outcome } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  nowMs,
  runID,
  sourceServerID,
} from '../../support/domain-builders.ts';
import { aHeldRun, anAttempt, anEndedExecution, arnOf, waveArn } from './watch-builders.ts';

const flags = '--stack MgnCutover --region eu-west-1';

const server = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ sourceServerID: sourceServerID(number), hostname: `web-${number}`, ...fields });
const verified = (number: number) => server(number, { verdict: 'VERIFIED', phase: 'verified' });
const inNeed = (number: number) =>
  server(number, {
    verdict: 'NEEDS_A_PERSON',
    phase: 'needs a person',
    reasons: [{ code: 'NOT_LAUNCHED', fact: 'rawError: password=hunter2', source: 'DescribeJobs' }],
  });

const attempt = anAttempt({ sourceServerIDs: [sourceServerID(1), sourceServerID(2)] });

const left = (fields: Partial<SettledRun> = {}): SettledRun => ({
  run: aHeldRun({ holder: { executionID: waveArn, heldUntil: nowMs + 300_000 } }),
  standing: 'LEFT',
  servers: [server(1), server(2), verified(3), server(4, { cutover: undefined, phase: 'ready' })],
  attempts: [attempt],
  ...fields,
});
const endedAs = (outcome: Outcome, servers: readonly ServerRecord[]): SettledRun => ({
  run: aHeldRun({ end: { endedAt: nowMs, outcome, summary: '' } }),
  standing: 'ENDED',
  servers,
  attempts: [attempt],
});

const facts = (fields: Partial<NoticeFacts> = {}): NoticeFacts => ({
  stackName: 'MgnCutover',
  ended: anEndedExecution(),
  runID: runID('night-1'),
  settled: left(),
  observation: undefined,
  evidence: 's3://evidence/runs/night-1/20260307T215959Z-wave-cutover-ABORTED.json',
  failures: [],
  ...fields,
});

const observation: Observation = {
  servers: [
    {
      sourceServerID: sourceServerID(1),
      lifeCycleState: 'READY_FOR_CUTOVER',
      launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0' },
    },
  ],
  jobs: [
    {
      jobID: cutoverJobID,
      initiatedBy: 'START_CUTOVER',
      status: 'STARTED',
      hasEnded: false,
      isOfThisRun: true,
      servers: [{ sourceServerID: sourceServerID(1) }],
    },
  ],
};

/** The commands of the notice, without the program's name and the flags that all of them have. */
const commandsOf = (notice: NoticeFacts) =>
  [...writeNotice(notice).text.matchAll(/^ {4}mgn-cutover (.*)$/gm)].map(([, command = '']) => {
    expect(command.endsWith(` ${flags}`)).toBe(true);
    return command.slice(0, -flags.length - 1);
  });

describe('writeNotice', () => {
  it('tells somebody who was woken what happened, how the run stands, and what to do', () => {
    const { subject, text } = writeNotice(facts({ observation }));

    expect(subject).toBe('mgn-cutover URGENT: cutover was stopped, needs a person: night-1');
    expect(text).toBe(`URGENT: Run night-1: the cutover was stopped at 2026-03-07 21:59:59 UTC. It
needs a person.

Where: run night-1, wave-00000000000000001, account 123456789012, eu-west-1,
stack MgnCutover.

The run has not ended, and nobody works on it any more. Nothing is brought back
or finalized by itself. A step that was running cannot be stopped and may act
for 5 minutes more. 4 source servers: 1 verified, 3 without a verdict (2 launch,
1 ready).

Jobs still at work on its servers in MGN, which nothing can cancel:
mgnjob-00000000000000002 (START_CUTOVER, of this run).

Source servers that need a person (2):
- web-1 (s-00000000000000001)
  launch, READY_FOR_CUTOVER, i-0123456789abcdef0
- web-2 (s-00000000000000002)
  launch, CUTTING_OVER, ${cutoverInstanceID}

What to do next:
- to see every source server and its reasons:
    mgn-cutover watch night-1 ${flags}
- to go on where it stopped, within 14 days (the same execution is redriven):
    mgn-cutover start INPUT.json --name night-1 --resume ${flags}
- to bring back what is not finalized (from 2026-03-07 22:05:00 UTC on):
    mgn-cutover rollback night-1 ${flags}

Report:
    s3://evidence/runs/night-1/20260307T215959Z-wave-cutover-ABORTED.json
Execution:
    https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${waveArn}
`);
  });

  it('says the same to programs, in IDs and codes', () => {
    const { document } = writeNotice(facts({ settled: endedAs('NEEDS_A_PERSON', [inNeed(1), verified(2)]) }));

    expect(v.parse(NoticeDocumentSchema, JSON.parse(JSON.stringify(document)))).toEqual({
      version: 1,
      kind: 'RUN_ENDED',
      severity: 'URGENT',
      what: 'Run night-1: the cutover was stopped at 2026-03-07 21:59:59 UTC. It needs a person.',
      run: 'night-1',
      wave: 'wave-00000000000000001',
      account: '123456789012',
      region: 'eu-west-1',
      stack: 'MgnCutover',
      counts: {
        total: 2,
        concerned: 1,
        waiting: 0,
        underWay: 0,
        verified: 1,
        finalized: 0,
        rollingBack: 0,
        rolledBack: 0,
        notStarted: 0,
        needingAPerson: 1,
      },
      servers: [
        {
          sourceServerID: sourceServerID(1),
          phase: 'needs a person',
          verdict: 'NEEDS_A_PERSON',
          codes: ['NOT_LAUNCHED'],
        },
      ],
      nextCommands: [
        `mgn-cutover watch night-1 ${flags}`,
        `mgn-cutover commit night-1 ${flags}`,
        `mgn-cutover rollback night-1 ${flags}`,
      ],
      executionUrl: `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details/${waveArn}`,
      reportUri: 's3://evidence/runs/night-1/20260307T215959Z-wave-cutover-ABORTED.json',
      at: '2026-03-07T21:59:59.000Z',
    });
  });

  it.each([
    ['INFO', anEndedExecution({ status: 'SUCCEEDED' }), endedAs('VERIFIED', [verified(1)])],
    ['ACT', anEndedExecution({ status: 'FAILED' }), endedAs('PARTIAL', [verified(1)])],
    ['ACT', anEndedExecution({ status: 'FAILED' }), undefined],
    ['URGENT', anEndedExecution({ status: 'FAILED' }), endedAs('NEEDS_A_PERSON', [inNeed(1)])],
    ['URGENT', anEndedExecution(), left()],
  ] as const)('says how bad it is: %s', (severity, ended, settled) => {
    const { subject, text, document } = writeNotice(facts({ ended, settled }));

    expect(document.severity).toBe(severity);
    expect(subject).toContain(`mgn-cutover ${severity}: `);
    expect(text.startsWith(`${severity}: `)).toBe(true);
  });

  const error = { error: 'PersonNeeded', cause: 'word '.repeat(100).trim() };
  it.each([
    ['a run that was left', facts({ observation })],
    [
      'a failed run',
      facts({
        ended: anEndedExecution({ status: 'FAILED', ...error }),
        settled: endedAs('NEEDS_A_PERSON', [inNeed(1)]),
      }),
    ],
    [
      'an unknown run',
      facts({ ended: anEndedExecution({ status: 'FAILED', ...error }), settled: undefined, runID: undefined }),
    ],
    ['a run elsewhere', facts({ settled: left({ standing: 'ELSEWHERE' }) })],
    ['a run at work', facts({ settled: left({ standing: 'AT_WORK' }) })],
    [
      'what could not be read',
      facts({
        observation: { unreadable: 'ThrottlingException: '.repeat(20) },
        failures: ['the report could not be kept (Error)'],
      }),
    ],
  ])('keeps to 80 columns but for commands and places: %s', (_, notice) => {
    const long = writeNotice(notice)
      .text.split('\n')
      .filter((line) => line.length > 80);

    for (const line of long) expect(line).toMatch(/^ {4}(mgn-cutover|https|s3|arn)|arn:aws:states/);
  });

  it('keeps the subject to what SNS takes: ASCII, fewer than 100 characters', () => {
    const name = 'x'.repeat(80);
    const { subject } = writeNotice(facts({ runID: runID(name) }));
    expect(subject).toHaveLength(99);
    expect(subject).toMatch(/^mgn-cutover URGENT: cutover was stopped, needs a person: x+$/);

    const unknown = writeNotice(
      facts({ runID: undefined, settled: undefined, ended: anEndedExecution({ name: 'Nächte\n' }) }),
    );
    expect(unknown.subject).toBe('mgn-cutover ACT: cutover was stopped: N?chte?');
  });

  it('says of a server what it is called and codes, never what MGN said about it', () => {
    const { text } = writeNotice(facts({ settled: endedAs('NEEDS_A_PERSON', [inNeed(1), verified(2)]) }));

    expect(text).toContain('Source servers that need a person (1):\n- web-1 (s-00000000000000001)\n');
    expect(text).toContain('NOT_LAUNCHED');
    expect(text).not.toContain('hunter2');
  });

  it('names twenty servers and counts the rest', () => {
    const servers = Array.from({ length: 23 }, (_, index) => inNeed(index + 1));
    const { text } = writeNotice(facts({ settled: endedAs('NEEDS_A_PERSON', servers) }));

    expect(text).toContain('need a person (23):');
    expect(text.match(/^- web-/gm)).toHaveLength(20);
    expect(text).toContain('\nand 3 more\n');
  });

  it('says when MGN could not be read, and what the run saw last', () => {
    const { text } = writeNotice(facts({ observation: { unreadable: 'ThrottlingException' } }));

    expect(text).toContain('MGN could not be read, so this is what the run saw last: ThrottlingException');
    expect(text).toContain('launch, CUTTING_OVER');
  });

  it('says what else could not be done', () => {
    const { text } = writeNotice(
      facts({ failures: ['the report could not be kept (Error: no)'], evidence: undefined }),
    );

    expect(text).toContain('Besides, the report could not be kept (Error: no).');
    expect(text).not.toContain('Report:');
  });

  it.each([
    ['aws', 'eu-west-1', 'https://eu-west-1.console.aws.amazon.com/states/'],
    ['aws-us-gov', 'us-gov-west-1', 'https://us-gov-west-1.console.amazonaws-us-gov.com/states/'],
    ['aws-cn', 'cn-north-1', 'https://cn-north-1.console.amazonaws.cn/states/'],
    ['aws-other', 'nowhere-1', 'arn:aws-other:states:nowhere-1:'],
  ])('leads to the console of the partition %s', (partition, region, link) => {
    const executionID = waveArn.replace('arn:aws:states:eu-west-1:', `arn:${partition}:states:${region}:`);
    const { text } = writeNotice(facts({ ended: anEndedExecution({ executionID, partition, region }) }));

    expect(text.split('Execution:\n    ')[1]?.startsWith(link)).toBe(true);
  });

  describe('offers', () => {
    const succeeded = (machine: 'wave-cutover' | 'rollback' | 'commit') =>
      anEndedExecution({ status: 'SUCCEEDED', machine });
    const failed = anEndedExecution({ status: 'FAILED', error: 'WavePartlyCutOver' });

    it.each([
      [
        'to keep or bring back what is verified',
        succeeded('wave-cutover'),
        endedAs('VERIFIED', [verified(1)]),
        ['watch night-1', 'commit night-1', 'rollback night-1'],
      ],
      [
        'to look at what is finalized',
        succeeded('commit'),
        endedAs('FINALIZED', [server(1, { verdict: 'FINALIZED' })]),
        ['watch night-1'],
      ],
      [
        'to look at what was brought back',
        succeeded('rollback'),
        endedAs('PARTIAL', [server(1, { verdict: 'ROLLED_BACK' })]),
        ['watch night-1'],
      ],
      [
        'to bring back what needs a person',
        failed,
        endedAs('NEEDS_A_PERSON', [inNeed(1)]),
        ['watch night-1', 'rollback night-1'],
      ],
      [
        'to start again what was refused, under another name',
        failed,
        endedAs('REFUSED', [server(1, { verdict: 'BLOCKED' })]),
        ['watch night-1', 'start INPUT.json --name ANOTHER'],
      ],
      [
        'to bring back the rest of an interrupted rollback',
        anEndedExecution({ machine: 'rollback' }),
        left(),
        ['watch night-1', 'rollback night-1'],
      ],
      [
        'to go on with an interrupted commit, or back',
        anEndedExecution({ machine: 'commit' }),
        left(),
        ['watch night-1', 'commit night-1', 'rollback night-1'],
      ],
      [
        'no resuming of what ended in a state that says so',
        anEndedExecution({ status: 'FAILED' }),
        left(),
        ['watch night-1', 'rollback night-1'],
      ],
      [
        'to stop what is still at work',
        anEndedExecution(),
        left({ standing: 'AT_WORK' }),
        ['watch night-1', 'stop night-1'],
      ],
      [
        'to look at what another execution does',
        anEndedExecution(),
        left({ standing: 'ELSEWHERE' }),
        ['watch night-1'],
      ],
      [
        'to start after all what was stopped before it began',
        anEndedExecution({ status: 'TIMED_OUT' }),
        left({ standing: 'UNTOUCHED', attempts: [] }),
        ['watch night-1', 'start INPUT.json --name night-1 --resume'],
      ],
      [
        'to start again what could not be resolved, under another name',
        anEndedExecution({ status: 'FAILED' }),
        left({ standing: 'UNTOUCHED', attempts: [] }),
        ['watch night-1', 'start INPUT.json --name ANOTHER'],
      ],
      [
        'to look at a run that nothing was started for when its rollback was stopped',
        anEndedExecution({ machine: 'rollback' }),
        left({ standing: 'UNTOUCHED', attempts: [] }),
        ['watch night-1'],
      ],
      ['to look for a run that is not known', failed, undefined, ['list']],
    ] as const)('%s', (_, ended, settled, commands) => {
      expect(commandsOf(facts({ ended, settled }))).toEqual(commands);
    });
  });

  it('says who has the run when another execution has it', () => {
    const undo = arnOf('rollback', 'undo-1');
    const run = aHeldRun({ holder: { executionID: undo, heldUntil: nowMs } });
    const { subject, text } = writeNotice(facts({ settled: left({ standing: 'ELSEWHERE', run }) }));

    expect(text.replaceAll('\n', ' ')).toContain(`Another execution has taken the run since: ${undo}.`);
    expect(subject).toBe('mgn-cutover ACT: cutover was stopped: night-1');
  });
});

describe('needsAPerson', () => {
  it('is true of what was left, and of what ended so', () => {
    expect(needsAPerson(left())).toBe(true);
    expect(needsAPerson(endedAs('NEEDS_A_PERSON', []))).toBe(true);
    for (const outcome of ['VERIFIED', 'FINALIZED', 'PARTIAL', 'REFUSED'] as const)
      expect(needsAPerson(endedAs(outcome, []))).toBe(false);
    for (const standing of ['UNTOUCHED', 'ELSEWHERE', 'AT_WORK'] as const)
      expect(needsAPerson(left({ standing }))).toBe(false);
  });
});

describe('wrapped', () => {
  it('breaks between words only, and indents what follows', () => {
    const word = 'w'.repeat(90);

    expect(wrapped(` one ${word} two`, { first: '- ', hanging: '  ' })).toBe(`- one\n  ${word}\n  two`);
    expect(wrapped('short')).toBe('short');
  });
});
