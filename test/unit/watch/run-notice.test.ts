/** What a notice about an open run says, to people and to programs. */
import * as v from 'valibot';
import type { Gate, RunRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { NoticeDocumentSchema } from '../../../functions/watch/notice-document.ts';
import { placeOnStack } from '../../../functions/watch/notice-place.ts';
import { noticesDue } from '../../../functions/watch/notices-due.ts';
import { writeRunNotice } from '../../../functions/watch/run-notice.ts';
import { aServerRecord, nowMs, runID, sourceServerID } from '../../support/domain-builders.ts';
import { aHeldRun, arnOf, stackPlace, waveArn } from './watch-builders.ts';

const minute = 60_000;
const flags = '--stack MgnCutover --region eu-west-1';
const console = 'https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/v2/executions/details';

const server = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ sourceServerID: sourceServerID(number), hostname: `web-${number}`, ...fields });
const verified = (number: number) => server(number, { phase: 'verified', verdict: 'VERIFIED' });
const secretReason = { code: 'NOT_LAUNCHED', fact: 'rawError: password=hunter2', source: 'DescribeJobs' };
const failed = (number: number) => server(number, { phase: 'failed', launch: 'FAILED', reasons: [secretReason] });

const waiting = (gate: Partial<Gate>, fields: Partial<RunRecord> = {}) =>
  aHeldRun({
    holder: { executionID: waveArn, heldUntil: nowMs },
    gates: [{ gate: 'START', openedAt: nowMs, closesAt: nowMs + 2 * 3_600_000, taskToken: 'token', ...gate }],
    ...fields,
  });

/** The notices that are due of the run at `at` as they are written. */
const written = (run: RunRecord, servers: readonly ServerRecord[], at = nowMs, opened = false) => {
  const facts = { run, servers, isAttended: true };
  const first = opened ? noticesDue(facts, [], nowMs) : [];
  const told = first.map(({ kind, key }) => ({ kind, key, sourceServerIDs: [], asOf: nowMs }));
  return noticesDue(facts, told, at).map((due) => writeRunNotice(due, facts, placeOnStack(run, stackPlace), at));
};
const only = (messages: ReturnType<typeof written>) => {
  const [message, ...more] = messages;
  if (message === undefined || more.length > 0) throw new Error(`${messages.length} notices are due`);
  return message;
};

describe('a notice', () => {
  it('of the start gate says until when, what silence means, and how to answer', () => {
    const { subject, text } = only(
      written(waiting({}), [server(1, { phase: 'ready' }), server(2, { phase: 'ready' })]),
    );

    expect(subject).toBe('mgn-cutover ACT: waits for a person to approve the start: night-1');
    expect(text).toBe(`ACT: Everything is ready, and the run waits for a person to approve its start,
until 2026-03-08 00:00 UTC. If nobody comes, it is refused, and nothing was
touched.

Where: run night-1, wave-00000000000000001, account 123456789012, eu-west-1,
stack MgnCutover.

2 source servers: 2 waiting.

What to do next:
- to see every source server and its reasons:
    mgn-cutover watch night-1 ${flags}
- to start:
    mgn-cutover approve night-1 ${flags}
- to refuse:
    mgn-cutover approve night-1 --refuse ${flags}

Execution:
    ${console}/${waveArn}
`);
  });

  it.each([
    ['rollback', 'If nobody comes, everything is brought back.'],
    ['hold', 'If nobody comes, the source servers are left as they are, verified.'],
  ] as const)('of the commit gate says what onCommitTimeout "%s" means', (onCommitTimeout, words) => {
    const { input } = aHeldRun();
    const back = server(2, { phase: 'rolled back', verdict: 'ROLLED_BACK' });
    const run = waiting({ gate: 'COMMIT' }, { input: { ...input, options: { ...input.options, onCommitTimeout } } });
    const { subject, text, document } = only(written(run, [verified(1), back], nowMs + 105 * minute, true));

    expect(subject).toBe('mgn-cutover URGENT: 15 minutes left to commit or roll back: night-1');
    expect(text.replaceAll('\n', ' ')).toContain(`for 15 minutes more, until 2026-03-08 00:00 UTC. ${words}`);
    expect(text).toContain('2 source servers: 1 verified, 1 rolled back.');
    expect(document.nextCommands).toEqual(
      ['watch', 'commit', 'rollback'].map((verb) => `mgn-cutover ${verb} night-1 ${flags}`),
    );
    expect(document).toMatchObject({ kind: 'GATE_DUE', severity: 'URGENT', due: '2026-03-08T00:00:00.000Z' });
  });

  it('of failures names twenty servers and counts the rest, in codes and never in MGN’s words', () => {
    const servers = [...Array.from({ length: 23 }, (_, index) => failed(index + 1)), verified(24)];
    const { subject, text, document } = only(written(aHeldRun(), servers));

    expect(subject).toBe('mgn-cutover ACT: 23 of 24 source servers failed: night-1');
    expect(text).toContain('Failed:\n- web-1 (s-00000000000000001)\n  failed, NOT_LAUNCHED\n');
    expect(text.match(/^- web-/gm)).toHaveLength(20);
    expect(text).toContain('\nand 3 more\n');
    expect(document.servers).toHaveLength(20);
    expect(document.servers[0]).toEqual({
      sourceServerID: sourceServerID(1),
      phase: 'failed',
      codes: ['NOT_LAUNCHED'],
    });
    expect(document.counts).toMatchObject({ total: 24, concerned: 23, rollingBack: 23, verified: 1 });
    expect(`${text}${JSON.stringify(document)}`).not.toContain('hunter2');
    expect(JSON.stringify(document)).not.toContain('web-1');
  });

  it('of more failures says how many there are by now', () => {
    const facts = { run: aHeldRun(), servers: [failed(1), failed(2), verified(3)], isAttended: true };
    const told = [
      { kind: 'FAILURE' as const, key: '', sourceServerIDs: [sourceServerID(1)], asOf: nowMs - 20 * minute },
    ];
    const [due] = noticesDue({ ...facts, run: { ...facts.run, createdAt: 0 } }, told, nowMs);
    if (due === undefined) throw new Error('nothing is due');

    expect(writeRunNotice(due, facts, placeOnStack(facts.run, stackPlace), nowMs).subject).toBe(
      'mgn-cutover ACT: 1 of 3 source servers failed, 2 so far: night-1',
    );
  });

  it('offers nothing but looking while a run is at work, and to bring back one that nobody holds', () => {
    const commandsAt = (at: number) => only(written(aHeldRun(), [failed(1)], at)).document.nextCommands;
    const looks = [`watch night-1`, `explain ${sourceServerID(1)} --run night-1`];
    const whole = (commands: readonly string[]) => commands.map((command) => `mgn-cutover ${command} ${flags}`);

    expect(commandsAt(nowMs)).toEqual(whole(looks));
    expect(commandsAt(nowMs + 3_600_000)).toEqual(whole([...looks, 'rollback night-1']));
  });

  it('of a rollback says who asked for it', () => {
    const back = server(1, { phase: 'rolling back', rollback: { requestedAt: nowMs - minute, problems: [] } });
    const asked = aHeldRun({ holder: { executionID: arnOf('rollback', 'undo'), heldUntil: nowMs + minute } });

    expect(only(written(asked, [back])).document.what).toContain(
      '1 of 1 source server is being brought back, as a person asked.',
    );
    expect(only(written(aHeldRun(), [back])).document.what).toContain('by the run itself');
  });

  it.each([
    [{}, 'The window closes at 2026-03-07 22:20 UTC. No source server is started any more after that'],
    [
      { rollbackBy: '2026-03-07T22:10Z' },
      'rollbackBy is at 2026-03-07 22:10 UTC. What is not verified by then is brought back',
    ],
  ])('of a window that closes says what follows: %j', (more, words) => {
    const { input } = aHeldRun();
    const window = { opensAt: '2026-03-07T20:00Z', closesAt: '2026-03-07T22:20Z', ...more };
    const plan = { plannedAt: nowMs, decision: 'PROCEED' as const, reasons: [] };
    const { document } = only(written(aHeldRun({ input: { ...input, window }, plan }), [server(1), verified(2)]));

    expect(document.what).toContain(`Not done yet: 1 of 2 source servers. ${words}`);
  });

  it('of the end says the outcome, and how to keep it or bring it back', () => {
    const end = { endedAt: nowMs, outcome: 'VERIFIED', summary: '1 source server: 1 verified' } as const;
    const { subject, text, document } = only(written(aHeldRun({ end }), [verified(1)]));

    expect(subject).toBe('mgn-cutover INFO: ended VERIFIED: night-1');
    expect(text.replaceAll('\n', ' ')).toContain(
      'The run ended as VERIFIED at 2026-03-07 22:00 UTC: 1 source server: 1 verified.',
    );
    expect(document.nextCommands.map((command) => command.split(' ')[1])).toEqual(['watch', 'commit', 'rollback']);
  });

  it('says where the source servers are, which need not be where the stack is', () => {
    const arn = `arn:aws:mgn:us-east-2:444455556666:source-server/${sourceServerID(1)}`;
    const { text, document } = only(written(waiting({}), [server(1, { arn, phase: 'ready' })]));

    expect(document).toMatchObject({ account: '444455556666', region: 'us-east-2', stack: 'MgnCutover' });
    expect(text).toContain('account 444455556666, us-east-2,');
    expect(document.nextCommands[0]).toBe(`mgn-cutover watch night-1 ${flags}`);
  });

  it('of a run that a laptop works on, with the stack’s ledger, leads there and to no execution', () => {
    const executionID = 'arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1:1f';
    const { text, document } = only(written(waiting({}, { holder: { executionID, heldUntil: nowMs } }), []));

    expect(document.nextCommands[0]).toBe('mgn-cutover watch night-1 --region eu-west-1 --ledger stack:MgnCutover');
    expect(document.executionUrl).toBeUndefined();
    expect(text).not.toContain('Execution:');
  });

  it('of a run that nobody holds any more leads to the execution that began it', () => {
    const run = waiting({}, { holder: undefined });

    expect(only(written(run, [])).document.executionUrl).toBe(`${console}/${waveArn}`);
  });
});

describe('every notice', () => {
  const long = runID('x'.repeat(80));
  const odd = (number: number) => ({ ...failed(number), hostname: 'ñ'.repeat(70) });
  const end = { endedAt: nowMs, outcome: 'NEEDS_A_PERSON', summary: 'words '.repeat(30) } as const;
  const cases: readonly (readonly [string, RunRecord, readonly ServerRecord[]])[] = [
    ['a gate', { ...waiting({}), runID: long }, [server(1)]],
    ['a commit gate', { ...waiting({ gate: 'COMMIT' }), runID: long }, [verified(1)]],
    ['failures', { ...aHeldRun(), runID: long }, Array.from({ length: 1_000 }, (_, index) => odd(index + 1))],
    ['people needed', aHeldRun(), [server(1, { verdict: 'NEEDS_A_PERSON', phase: 'needs a person' })]],
    ['an end', { ...aHeldRun({ end }), runID: long }, [odd(1)]],
  ];

  it.each(cases)('fits a mail, a terminal, the schema and SNS: %s', (_, run, servers) => {
    const { subject, text, document } = only(written(run, servers));

    expect(subject).toMatch(/^mgn-cutover (INFO|ACT|URGENT): [\x20-\x7e]+$/);
    expect(subject.length).toBeLessThan(100);
    for (const line of text.split('\n').filter((candidate) => candidate.length > 80))
      expect(line).toMatch(/^ {4}(mgn-cutover|https)|^- ñ|x{80}/);
    expect(v.parse(NoticeDocumentSchema, JSON.parse(JSON.stringify(document)))).toEqual(document);
    const { counts } = document;
    const { total, concerned, ...each } = counts ?? { total: 0, concerned: 0 };
    expect(Object.values(each).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect(concerned).toBeLessThanOrEqual(total);
    expect(JSON.stringify(document).length * 5 + text.length * 2).toBeLessThan(100_000);
  });
});
