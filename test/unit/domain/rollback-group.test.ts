import type { Job } from '../../../functions/domain/job.ts';
import {
  canRevert,
  canTerminate,
  groupRollingBack,
  isWaitedFor,
  lateReadMs,
  mayAwaitRoom,
  turnSince,
  type RollbackGroup,
} from '../../../functions/domain/rollback-group.ts';
import type { RollbackFacts } from '../../../functions/domain/rollback-plan.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { AttemptRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aCutOverServer,
  aJob,
  aPart,
  aServerRecord,
  aTerminateJob,
  jobID,
  nowMs,
  sourceServerID,
  waveID,
} from '../../support/domain-builders.ts';

const hourMs = 3_600_000;
const { deadlines } = parseRunInput({ waveID: waveID(1) }).options;
const aRollback = (fields: Partial<NonNullable<ServerRecord['rollback']>> = {}) => ({
  requestedAt: nowMs,
  problems: [],
  ...fields,
});
const rollingBack = (fields: Partial<ServerRecord> = {}) => aServerRecord({ rollback: aRollback(), ...fields });
const reverted = (fields: Partial<SourceServer> = {}) =>
  aCutOverServer({ lifeCycleState: 'READY_FOR_CUTOVER', ...fields });
const factsOf = (
  server: SourceServer,
  jobs: readonly Job[] = [aJob()],
  record: Partial<ServerRecord> = {},
): RollbackFacts => ({ record: rollingBack(record), server, jobs });
const groupOf = (facts: RollbackFacts, fields: Partial<RollbackGroup> = {}): RollbackGroup => ({
  priorityGroup: 5,
  turnSince: 0,
  facts: [facts],
  jobs: facts.jobs,
  room: 200,
  termination: undefined,
  ...fields,
});
const aTermination = (fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'TERMINATE_CUTOVER_INSTANCES',
  batchID: 'group-5',
  tryNumber: 1,
  token: 'token',
  sourceServerIDs: [],
  knownJobIDs: [],
  state: 'STARTED',
  attemptedAt: nowMs,
  calledAt: nowMs,
  jobID: jobID(3),
  isAnswered: true,
  ...fields,
});
const running = (fields: Partial<Job> = {}) =>
  aTerminateJob({ status: 'STARTED', participatingServers: [], ...fields });

describe('groupRollingBack', () => {
  const records = (groups: readonly [number, Partial<ServerRecord>][]) =>
    groups.map(([priorityGroup, fields]) => aServerRecord({ priorityGroup, ...fields }));
  const open = { rollback: aRollback() };
  const back = { ...open, verdict: 'ROLLED_BACK' as const };

  const cases: [string, [number, Partial<ServerRecord>][], number | undefined][] = [
    ['nothing is rolled back', [[1, {}]], undefined],
    [
      'the last group is first',
      [
        [1, open],
        [3, open],
        [2, open],
      ],
      3,
    ],
    [
      'groups that are back, or were never asked to be, are passed over',
      [
        [4, back],
        [5, {}],
        [2, open],
        [1, open],
      ],
      2,
    ],
    [
      'every group is back',
      [
        [1, back],
        [2, back],
      ],
      undefined,
    ],
  ];
  it.each(cases)('when %s', (_what, groups, expected) => {
    expect(groupRollingBack(records(groups))).toBe(expected);
  });

  it('has its turn from when the groups after it were decided', () => {
    const decided = records([
      [5, { ...back, phaseAt: nowMs + 7 }],
      [4, { ...back, phaseAt: nowMs + 3 }],
      [4, { phaseAt: nowMs + 90 }],
      [1, open],
    ]);
    expect(turnSince(decided, 1)).toBe(nowMs + 7);
    expect(turnSince(decided, 5)).toBe(0);
  });
});

describe('canRevert', () => {
  it.each([
    ['its own ended cutover', factsOf(aCutOverServer()), true],
    ['a cutover that still runs', factsOf(aCutOverServer(), [aJob({ status: 'STARTED' })]), false],
    ['a cutover that the job list does not show', factsOf(aCutOverServer(), []), false],
    [
      'a server that another job holds',
      factsOf(aCutOverServer(), [aJob(), running({ participatingServers: [aPart()] })]),
      false,
    ],
    [
      'a job at work on other servers',
      factsOf(aCutOverServer(), [
        aJob(),
        running({ participatingServers: [aPart({ sourceServerID: sourceServerID(2) })] }),
      ]),
      true,
    ],
    ['a server that is back', factsOf(reverted()), false],
  ])('with %s', (_what, facts, expected) => {
    expect(canRevert(facts)).toBe(expected);
  });
});

describe('canTerminate', () => {
  const tried = (verifyingSince?: number) => ({ rollback: aRollback({ terminateJobID: jobID(3), verifyingSince }) });
  const left = [aJob(), aTerminateJob({ participatingServers: [aPart({ launchStatus: 'FAILED' })] })];

  it.each([
    ['an instance that was never tried', factsOf(reverted()), true],
    ['a server that is not reverted', factsOf(aCutOverServer()), false],
    ['a job at work on it', factsOf(reverted(), [aJob(), running({ participatingServers: [aPart()] })]), false],
    ['a cutover that is not known to have ended', factsOf(reverted(), []), false],
    ['an instance that a job left over and nobody has looked at since', factsOf(reverted(), left, tried()), false],
    ['an instance that a job left over, looked at just now', factsOf(reverted(), left, tried(nowMs)), true],
    ['a server that nobody brings back', factsOf(reverted(), [aJob()], { rollback: undefined }), false],
    ['an instance that was left over for too long', factsOf(reverted(), left, tried(nowMs - lateReadMs)), false],
  ])('with %s', (_what, facts, expected) => {
    expect(canTerminate(facts, nowMs)).toBe(expected);
  });
});

describe('isWaitedFor', () => {
  const held = [aJob(), running({ jobID: jobID(3), participatingServers: [aPart()] })];
  const inJob = { rollback: aRollback({ terminateJobID: jobID(3) }) };
  const due = factsOf(reverted());
  const otherTermination = { termination: aTermination(), jobs: [aJob(), running({ jobID: jobID(3) })] };
  const full = { room: 0 };
  const leftOver = factsOf(
    reverted(),
    [aJob(), aTerminateJob({ participatingServers: [aPart({ launchStatus: 'FAILED' })] })],
    {
      rollback: aRollback({ terminateJobID: jobID(3), verifyingSince: nowMs }),
    },
  );

  const cases: [string, RollbackFacts, Partial<RollbackGroup>, number, boolean][] = [
    ['a revert that does not show', factsOf(aCutOverServer()), {}, 0, false],
    ['its cutover job', factsOf(aCutOverServer(), []), {}, 0, true],
    ['its cutover job, for too long', factsOf(aCutOverServer(), []), {}, 2 * hourMs, false],
    ['a stranger’s job', factsOf(reverted(), held), {}, 0, true],
    ['a stranger’s job, for too long', factsOf(reverted(), held), {}, 2 * hourMs, false],
    [
      'its cutover job, its turn having come late',
      factsOf(aCutOverServer(), []),
      { turnSince: nowMs + 1 },
      2 * hourMs,
      true,
    ],
    ['its own terminate job', factsOf(reverted(), held, inJob), { termination: aTermination() }, hourMs - 1, true],
    [
      'its own terminate job, overdue',
      factsOf(reverted(), held, inJob),
      { termination: aTermination() },
      hourMs,
      false,
    ],
    [
      'its own stuck job after a later one',
      factsOf(reverted(), held, inJob),
      { termination: aTermination({ jobID: jobID(9) }) },
      0,
      false,
    ],
    ['its own terminate job, of which the group knows nothing', factsOf(reverted(), held, inJob), {}, 0, false],
    ['its turn, while a terminate job of the group is at work', due, otherTermination, hourMs - 1, true],
    ['its turn, while that job is overdue', due, otherTermination, hourMs, false],
    ['its turn, while that job has ended', due, { ...otherTermination, jobs: [aJob(), aTerminateJob()] }, 0, false],
    [
      'its turn, while the list shows that job at work although it is known to have ended',
      due,
      { ...otherTermination, termination: aTermination({ endedAt: nowMs }) },
      0,
      false,
    ],
    ['room in the quotas', due, full, 2 * hourMs - 1, true],
    ['room for what a terminate job has left over, which is late', leftOver, full, 0, false],
    ['a server that nobody brings back', factsOf(aCutOverServer(), [], { rollback: undefined }), {}, 0, false],
    ['room in the quotas, for too long', due, full, 2 * hourMs, false],
    ['nothing that is known', due, {}, 0, false],
    [
      'a start whose answer is lost',
      { ...factsOf(reverted(), [], { cutover: undefined }), isStartOpen: true },
      {},
      0,
      true,
    ],
  ];
  it.each(cases)('%s', (_what, facts, fields, laterMs, expected) => {
    expect(isWaitedFor(facts, groupOf(facts, fields), deadlines, nowMs + laterMs)).toBe(expected);
  });
});

describe('mayAwaitRoom', () => {
  const needing = [factsOf(reverted(), [aJob()], { rollback: aRollback({ revertedAt: nowMs }) })];
  const group = groupOf(factsOf(reverted()));

  it('is patient from when the first of them was reverted', () => {
    expect(mayAwaitRoom(group, needing, deadlines, nowMs + 2 * hourMs - 1)).toBe(true);
    expect(mayAwaitRoom(group, needing, deadlines, nowMs + 2 * hourMs)).toBe(false);
  });

  it('is patient anew whenever the group got room', () => {
    const later = { ...group, termination: aTermination({ calledAt: nowMs + hourMs }) };
    expect(mayAwaitRoom(later, needing, deadlines, nowMs + 2 * hourMs)).toBe(true);
  });
});
