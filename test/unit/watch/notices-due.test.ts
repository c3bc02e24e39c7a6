/** Which notices are due of a run: each once, in time, and never one mail for each server. */
import type { Gate, RunRecord } from '../../../functions/domain/run-record.ts';
import { phases, type ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  groupingMs,
  noticesDue,
  type DueNotice,
  type RunFacts,
  type Told,
} from '../../../functions/watch/notices-due.ts';
import { aServerRecord, nowMs, sourceServerID } from '../../support/domain-builders.ts';
import { aHeldRun, arnOf, waveArn } from './watch-builders.ts';

const minute = 60_000;
const hour = 60 * minute;

const server = (number: number, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ sourceServerID: sourceServerID(number), ...fields });
const failed = (number: number, fields: Partial<ServerRecord> = {}) =>
  server(number, { phase: 'failed', launch: 'FAILED', ...fields });
const inNeed = (number: number, fields: Partial<ServerRecord> = {}) =>
  server(number, { phase: 'needs a person', verdict: 'NEEDS_A_PERSON', phaseAt: nowMs, ...fields });
const verified = (number: number) => server(number, { phase: 'verified', verdict: 'VERIFIED', launch: 'PASSED' });
const goingBack = (number: number, fields: Partial<ServerRecord> = {}) =>
  server(number, {
    phase: 'rolling back',
    launch: 'PASSED',
    rollback: { requestedAt: nowMs - minute, problems: [] },
    ...fields,
  });

const facts = (run: Partial<RunRecord>, servers: readonly ServerRecord[] = [], isAttended = true): RunFacts => ({
  run: aHeldRun(run),
  servers,
  isAttended,
});

/** What people were told once these had been sent. */
const toldOf = (due: readonly DueNotice[], asOf: number): Told[] =>
  due.map(({ kind, key, concerned }) => ({
    kind,
    key,
    asOf,
    sourceServerIDs: concerned.map((one) => one.sourceServerID),
  }));

/** Looks at `at` and at every minute until `until`, as a watcher does, and gives what was told with the minute. */
const watched = (look: (now: number) => RunFacts, from: number, until: number): (readonly [number, DueNotice])[] => {
  const told: Told[] = [];
  const sent: (readonly [number, DueNotice])[] = [];
  for (let now = from; now <= until; now += minute) {
    const due = noticesDue(look(now), told, now);
    told.push(...toldOf(due, now));
    sent.push(...due.map((notice) => [(now - nowMs) / minute, notice] as const));
  }
  return sent;
};
const named = (sent: readonly (readonly [number, DueNotice])[]) =>
  sent.map(([at, { kind, severity, concerned }]) => `${at} ${kind} ${severity} ${concerned.length}`);

describe.each(['START', 'COMMIT'] as const)('a %s gate', (kind) => {
  const openedAt = nowMs;
  const gate = (fields: Partial<Gate> = {}): Gate => ({
    gate: kind,
    openedAt,
    closesAt: nowMs + 2 * hour,
    taskToken: 'token',
    ...fields,
  });
  const free = { executionID: waveArn, heldUntil: nowMs };
  const servers = kind === 'START' ? [server(1, { phase: 'ready' })] : [verified(1)];
  const told = toldOf(noticesDue(facts({ holder: free, gates: [gate()] }, [verified(1)]), [], nowMs), nowMs);
  const atGate = (fields: Partial<Gate> = {}, run: Partial<RunRecord> = {}, isAttended = true) =>
    facts({ holder: free, gates: [gate(fields)], ...run }, servers, isAttended);

  it('is told when it opens, and an hour and a quarter of an hour before it closes, each once', () => {
    expect(named(watched(() => atGate(), nowMs, nowMs + 3 * hour))).toEqual([
      '0 GATE_OPENED ACT 1',
      '60 GATE_DUE ACT 1',
      '105 GATE_DUE URGENT 1',
    ]);
  });

  it('that is looked at under a new token is still the same gate', () => {
    const look = (now: number) => atGate({ taskToken: String(now) });

    expect(named(watched(look, nowMs, nowMs + 30 * minute))).toEqual(['0 GATE_OPENED ACT 1']);
  });

  it('that opens shortly before it closes brings no reminder of what was told a moment ago', () => {
    const closesAt = nowMs + 40 * minute;

    expect(named(watched(() => atGate({ closesAt }), nowMs, nowMs + hour))).toEqual([
      '0 GATE_OPENED ACT 1',
      '25 GATE_DUE URGENT 1',
    ]);
  });

  it('brings the last reminder only, where nobody looked for a while', () => {
    const now = nowMs + 110 * minute;

    expect(noticesDue(atGate(), told, now)).toMatchObject([{ kind: 'GATE_DUE', severity: 'URGENT' }]);
    expect(noticesDue(atGate(), told, nowMs + 2 * hour)).toEqual([]);
  });

  it.each([
    ['that a person answered', { answer: { approved: true, at: nowMs + minute, by: 'ann' } }, {}],
    ['that the run went on from', { taskToken: undefined, closedAt: nowMs + hour }, {}],
    [
      'of a run that somebody is at work on',
      {},
      { holder: { executionID: arnOf('commit', 'c'), heldUntil: nowMs + 3 * hour } },
    ],
  ])('%s brings no reminder and is not told', (_, fields, run) => {
    const now = nowMs + 110 * minute;

    expect(noticesDue(atGate(fields, run), told, now)).toEqual([]);
    expect(noticesDue(atGate(fields, run), [], now)).toEqual([]);
  });

  it('that no execution waits at is not told: what it says of silence would not be true', () => {
    expect(noticesDue(atGate({}, {}, false), [], nowMs)).toEqual([]);
  });

  it('that opens anew after another one is told anew', () => {
    const later = { openedAt: nowMs + 3 * hour, closesAt: nowMs + 9 * hour };

    expect(noticesDue(atGate(later), told, nowMs + 3 * hour)).toMatchObject([{ kind: 'GATE_OPENED', gate: later }]);
  });

  it('was not told by what a run of this name was told before this one was created', () => {
    const run = { createdAt: nowMs + 1 };

    expect(noticesDue(atGate({}, run), told, nowMs + minute)).toMatchObject([{ kind: 'GATE_OPENED' }]);
  });
});

describe('failures', () => {
  it('are told at the first, and then at most every quarter of an hour with what is new', () => {
    const failedAt = [2, 3, 4, 16, 40];
    const look = (now: number) =>
      facts(
        {},
        failedAt.map((at, index) => (now >= nowMs + at * minute ? failed(index + 1) : server(index + 1))),
      );
    const sent = watched(look, nowMs, nowMs + hour);

    expect(named(sent)).toEqual(['2 FAILURE ACT 1', '17 FAILURE ACT 3', '40 FAILURE ACT 1']);
    expect(sent.flatMap(([, { concerned }]) => concerned.map((one) => one.sourceServerID))).toEqual(
      [1, 2, 3, 4, 5].map(sourceServerID),
    );
    expect(groupingMs).toBe(15 * minute);
  });

  it('of a thousand servers are one notice', () => {
    const all = Array.from({ length: 1_000 }, (_, index) => failed(index + 1));

    expect(named(watched(() => facts({}, all), nowMs, nowMs + 2 * hour))).toEqual(['0 FAILURE ACT 1000']);
  });

  it('are not news any more on the way back, and once back', () => {
    const told = toldOf(noticesDue(facts({}, [failed(1)]), [], nowMs), nowMs);
    const after = [
      goingBack(1, { launch: 'FAILED' }),
      server(1, { launch: 'FAILED', phase: 'rolled back', verdict: 'ROLLED_BACK' }),
    ];

    for (const one of after) expect(noticesDue(facts({}, [one]), told, nowMs + hour)).toEqual([]);
  });

  it('that end in need of a person are told as that, at once', () => {
    const told = toldOf(noticesDue(facts({}, [failed(1)]), [], nowMs), nowMs);
    const now = nowMs + minute;

    expect(noticesDue(facts({}, [inNeed(1, { launch: 'FAILED', phaseAt: now })]), told, now)).toMatchObject([
      { kind: 'PERSON_NEEDED', severity: 'URGENT' },
    ]);
  });
});

describe('a source server that needs a person', () => {
  it('is told once, and once more when it needs one again after somebody tried', () => {
    const again = nowMs + 30 * minute;
    const look = (now: number) =>
      facts({}, [
        now < again - 5 * minute
          ? inNeed(1)
          : now < again
            ? goingBack(1, { rollback: { requestedAt: again - 5 * minute, problems: [] } })
            : inNeed(1, { phaseAt: again }),
      ]);

    expect(named(watched(look, nowMs, nowMs + 2 * hour))).toEqual([
      '0 PERSON_NEEDED URGENT 1',
      '25 ROLLBACK_BEGAN ACT 1',
      '30 PERSON_NEEDED URGENT 1',
    ]);
  });
});

describe('a rollback', () => {
  const undo = { executionID: arnOf('rollback', 'undo-1'), heldUntil: nowMs + hour };

  it('that a person asked for is told once, with all it brings back', () => {
    const back = [goingBack(1), goingBack(2, { launch: 'FAILED' }), verified(3)];
    const sent = watched(() => facts({ holder: undo }, back), nowMs, nowMs + hour);

    expect(named(sent.filter(([, { kind }]) => kind === 'ROLLBACK_BEGAN'))).toEqual(['0 ROLLBACK_BEGAN INFO 2']);
    expect(sent.find(([, { kind }]) => kind === 'ROLLBACK_BEGAN')?.[1]).toMatchObject({ isAsked: true });
  });

  it.each(['arn:aws:states:us-east-1:000000000000:execution:rollback:undo-1:1f', arnOf('rollback', 'undo')])(
    'is a person’s by the execution that holds the run: %s',
    (executionID) => {
      const holder = { executionID, heldUntil: nowMs + hour };

      expect(noticesDue(facts({ holder }, [goingBack(1)]), [], nowMs)).toMatchObject([{ isAsked: true }]);
    },
  );

  it('is not a person’s because a run is called so', () => {
    const holder = { executionID: arnOf('wave-cutover', 'rollback-rehearsal'), heldUntil: nowMs + hour };

    expect(noticesDue(facts({ holder }, [goingBack(1)]), [], nowMs)).toMatchObject([{ isAsked: false }]);
  });

  it('by the run itself is told of what it takes along; what failed is told as failed', () => {
    const due = noticesDue(facts({}, [failed(1), goingBack(2, { launch: 'FAILED' }), goingBack(3)]), [], nowMs);

    expect(named(due.map((one) => [0, one] as const))).toEqual(['0 ROLLBACK_BEGAN ACT 1', '0 FAILURE ACT 2']);
  });

  it('that begins again for the same servers is told again', () => {
    const first = facts({ holder: undo }, [goingBack(1)]);
    const told = toldOf(noticesDue(first, [], nowMs), nowMs);
    const again = goingBack(1, { rollback: { requestedAt: nowMs + hour, problems: [] } });

    expect(noticesDue(first, told, nowMs + hour)).toEqual([]);
    expect(noticesDue(facts({ holder: undo }, [again]), told, nowMs + hour)).toMatchObject([
      { kind: 'ROLLBACK_BEGAN' },
    ]);
  });

  it('that is over is none', () => {
    expect(noticesDue(facts({ holder: undo }, [goingBack(1, { verdict: 'ROLLED_BACK' })]), [], nowMs)).toEqual([]);
  });
});

describe('a window', () => {
  const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
  const closesAt = nowMs + 3 * hour;
  const run = (window: object, decision: 'PROCEED' | 'WAIT' = 'PROCEED'): Partial<RunRecord> => ({
    input: { ...aHeldRun().input, window: { opensAt: iso(nowMs - hour), closesAt: iso(closesAt), ...window } },
    plan: { plannedAt: nowMs, decision, reasons: [] },
  });

  it('that closes in half an hour is told once, with what is under way or on the way back', () => {
    const servers = [server(1), goingBack(2, { launch: 'FAILED' }), verified(3)];
    const sent = watched(() => facts(run({}), servers), nowMs, closesAt + hour);

    expect(named(sent.filter(([, { kind }]) => kind === 'WINDOW_CLOSING'))).toEqual(['150 WINDOW_CLOSING ACT 2']);
    expect(sent.at(-1)?.[1]).toMatchObject({ deadline: 'WINDOW_END', at: closesAt });
  });

  it('has rollbackBy before it, which concerns what is not on the way back yet', () => {
    const rollbackBy = nowMs + 2 * hour;
    const servers = [server(1), failed(2), verified(3)];
    const look = () => facts(run({ rollbackBy: iso(rollbackBy) }), servers);
    const sent = watched(look, nowMs, closesAt).filter(([, { kind }]) => kind === 'WINDOW_CLOSING');

    expect(named(sent)).toEqual(['90 WINDOW_CLOSING ACT 1', '150 WINDOW_CLOSING ACT 2']);
    expect(sent[0]?.[1]).toMatchObject({ deadline: 'ROLLBACK_BY', at: rollbackBy });
  });

  it.each([
    ['it has closed', facts(run({}), [server(1)]), closesAt],
    ['nothing is under way', facts(run({}), [verified(1), inNeed(2, { phaseAt: 0 })])],
    ['nothing was started', facts(run({}, 'WAIT'), [server(1, { phase: 'ready' })])],
    ['there is none', facts({}, [server(1)])],
  ])('is not told of where %s', (_, known, now = closesAt - minute) => {
    expect(noticesDue(known, [], now).filter(({ kind }) => kind === 'WINDOW_CLOSING')).toEqual([]);
  });
});

describe('a run that nobody works on', () => {
  const iso = (at: number) => `${new Date(at).toISOString().slice(0, 19)}Z`;
  const window = { opensAt: iso(nowMs - hour), closesAt: iso(nowMs + hour), rollbackBy: iso(nowMs + 10 * minute) };
  const run: Partial<RunRecord> = {
    input: { ...aHeldRun().input, window },
    plan: { plannedAt: nowMs, decision: 'PROCEED', reasons: [] },
  };
  const servers = [server(1), failed(2), goingBack(3)];
  const kindsTold = (isAttended: boolean) =>
    noticesDue(facts(run, [...servers, inNeed(4)], isAttended), [], nowMs).map(({ kind }) => kind);

  it('is not said to bring anything back by itself, now or by the end of its time', () => {
    expect(kindsTold(true)).toEqual(['ROLLBACK_BEGAN', 'FAILURE', 'WINDOW_CLOSING', 'PERSON_NEEDED']);
    expect(kindsTold(false)).toEqual(['PERSON_NEEDED']);
  });
});

describe('the end of a run', () => {
  const end = { endedAt: nowMs, outcome: 'PARTIAL', summary: '2 source servers' } as const;

  it('is told once, and nothing else any more', () => {
    const ended = facts({ end }, [failed(1, { verdict: 'ROLLED_BACK' }), verified(2)]);

    expect(named(watched(() => ended, nowMs, nowMs + hour))).toEqual(['0 RUN_ENDED ACT 1']);
  });

  it.each([
    ['NEEDS_A_PERSON', 'URGENT'],
    ['PARTIAL', 'ACT'],
    ['REFUSED', 'ACT'],
    ['VERIFIED', 'INFO'],
    ['FINALIZED', 'INFO'],
  ] as const)('as %s is %s', (outcome, severity) => {
    expect(noticesDue(facts({ end: { ...end, outcome } }), [], nowMs)).toMatchObject([{ severity }]);
  });
});

it('is nothing while a wave goes well', () => {
  const wellPhases = phases.slice(0, phases.indexOf('failed'));

  for (const phase of wellPhases) expect(noticesDue(facts({}, [server(1, { phase })]), [], nowMs)).toEqual([]);
});
