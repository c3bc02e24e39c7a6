import {
  askedOf,
  assessCommit,
  chooseForCommit,
  finalized,
  isFinalizeAsked,
  withAsk,
} from '../../../functions/domain/commit.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { Verdict } from '../../../functions/domain/server-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import {
  aCutOverServer,
  aRunRecord,
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  foreignJobID,
  lifeCycleStates,
  nowMs,
  runID,
  sourceServerID,
  waveID,
} from '../../support/domain-builders.ts';

const verified = (fields: Partial<ServerRecord> = {}) => aServerRecord({ verdict: 'VERIFIED', ...fields });

const codeOf = (record: ServerRecord, server: SourceServer | undefined) => {
  const assessment = assessCommit(record, server);
  return assessment.commit === 'REFUSE' ? assessment.reasons.map((reason) => reason.code) : assessment.commit;
};

describe('assessCommit', () => {
  it.each(lifeCycleStates)('in %s', (lifeCycleState) => {
    const byState: Partial<Record<string, string>> = { CUTTING_OVER: 'FINALIZE', CUTOVER: 'DONE' };
    expect(codeOf(verified(), aCutOverServer({ lifeCycleState }))).toEqual(
      byState[lifeCycleState] ?? ['UNEXPECTED_LIFECYCLE_STATE'],
    );
  });

  it('does not call a server finalized that somebody else’s cutover took to CUTOVER', () => {
    const server = aCutOverServer({ lifeCycleState: 'CUTOVER', lastCutover: { jobID: foreignJobID } });
    expect(codeOf(verified(), server)).toEqual(['CUTOVER_OF_ANOTHER']);
  });

  it.each(['ROLLED_BACK', 'BLOCKED', 'NOT_STARTED', 'NEEDS_A_PERSON', undefined] as const)(
    'refuses a server whose verdict is %s',
    (verdict) => {
      expect(codeOf(verified({ verdict }), aCutOverServer())).toEqual(['NOT_VERIFIED']);
    },
  );

  const changed: [string, ServerRecord, SourceServer | undefined, string][] = [
    ['MGN no longer knows it', verified(), undefined, 'SOURCE_SERVER_GONE'],
    ['this run has no cutover of it', verified({ cutover: undefined }), aCutOverServer(), 'CUTOVER_OF_ANOTHER'],
    [
      'another job cut it over since',
      verified(),
      aCutOverServer({ lastCutover: { jobID: foreignJobID } }),
      'CUTOVER_OF_ANOTHER',
    ],
    ['MGN gives no cutover job', verified(), aCutOverServer({ lastCutover: {} }), 'CUTOVER_OF_ANOTHER'],
    [
      'another instance runs',
      verified(),
      aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: cutoverJobID } }),
      'INSTANCE_CHANGED',
    ],
    ['its instance is gone', verified(), aCutOverServer({ launchedInstance: undefined }), 'INSTANCE_CHANGED'],
    [
      'neither MGN nor the record names an instance',
      verified({ cutover: { jobID: cutoverJobID, startedAt: 0 } }),
      aCutOverServer({ launchedInstance: undefined }),
      'INSTANCE_CHANGED',
    ],
  ];
  it.each(changed)('refuses when %s', (_why, record, server, code) => {
    expect(codeOf(record, server)).toEqual([code]);
    expect(assessCommit(record, server)).toMatchObject({ reasons: [{ source: 'DescribeSourceServers' }] });
  });

  it('names the job of the other cutover', () => {
    const factOf = (server: SourceServer) => {
      const assessment = assessCommit(verified(), server);
      return assessment.commit === 'REFUSE' ? assessment.reasons[0]?.fact : undefined;
    };
    expect(factOf(aCutOverServer({ lastCutover: { jobID: foreignJobID } }))).toContain(`job is ${foreignJobID},`);
    expect(factOf(aCutOverServer({ lastCutover: {} }))).toContain('job is unknown,');
  });

  it('names both instances when they differ', () => {
    const server = aCutOverServer({ launchedInstance: { ec2InstanceID: 'i-0123456789abcdef0', jobID: cutoverJobID } });
    expect(assessCommit(verified(), server)).toMatchObject({
      reasons: [{ fact: `the launched instance is i-0123456789abcdef0, not the verified ${cutoverInstanceID}` }],
    });
  });
});

const night = runID('night-1');
/** Servers 1, 2, … with these verdicts. */
const withVerdicts = (...verdicts: (Verdict | undefined)[]) =>
  verdicts.map((verdict, index) =>
    aServerRecord({ sourceServerID: sourceServerID(index + 1), hostname: `web-${index + 1}`, verdict }),
  );
const anAsk = (executionID: string, ...numbers: number[]) => ({
  executionID,
  askedAt: nowMs,
  sourceServerIDs: numbers.map(sourceServerID),
});

describe('chooseForCommit', () => {
  const choose = (records: ServerRecord[], ...numbers: number[]) =>
    chooseForCommit(night, records, numbers.length === 0 ? undefined : numbers.map(sourceServerID)).map(
      ({ hostname }) => hostname,
    );

  it('chooses all that are verified, or those of them that are named', () => {
    const records = withVerdicts('VERIFIED', 'ROLLED_BACK', 'VERIFIED', 'FINALIZED', 'NEEDS_A_PERSON', 'BLOCKED');
    expect(choose(records)).toEqual(['web-1', 'web-3']);
    expect(choose(records, 3)).toEqual(['web-3']);
    expect(choose(records, 3, 4)).toEqual(['web-3']);
  });

  it('chooses none when all that was asked for is finalized', () => {
    expect(choose(withVerdicts('FINALIZED', 'ROLLED_BACK'))).toEqual([]);
    expect(choose(withVerdicts('FINALIZED', 'VERIFIED'), 1)).toEqual([]);
  });

  const refusals: [string, ServerRecord[], number[], string, RegExp][] = [
    ['a server is not of the run', withVerdicts('VERIFIED'), [1, 9], 'InvalidInputError', /0009 are not part of run/],
    ...(['ROLLED_BACK', 'BLOCKED', 'NOT_STARTED', 'NEEDS_A_PERSON'] as const).map(
      (verdict): [string, ServerRecord[], number[], string, RegExp] => [
        `a named server is ${verdict}`,
        withVerdicts('VERIFIED', verdict),
        [1, 2],
        'InvalidInputError',
        new RegExp(`web-2 \\(s-0+2\\) is ${verdict}\\. Nothing was touched`),
      ],
    ),
    ['nothing is verified', withVerdicts('ROLLED_BACK'), [], 'InvalidInputError', /no verified source server/],
    ['the run has no servers', [], [], 'InvalidInputError', /no verified source server/],
    ['a server has no verdict', withVerdicts('VERIFIED', undefined), [], 'RunHeldError', /has not ended \(web-2/],
    ['another server than the named one has none', withVerdicts('VERIFIED', undefined), [1], 'RunHeldError', /web-2/],
    [
      'a rollback is not finished',
      withVerdicts('VERIFIED').concat(aServerRecord({ rollback: { requestedAt: nowMs, problems: [] } })),
      [],
      'RunHeldError',
      /rollback of run night-1 is not finished/,
    ],
    [
      'a rollback is not finished and others have no verdict either',
      withVerdicts(undefined).concat(aServerRecord({ rollback: { requestedAt: nowMs, problems: [] } })),
      [],
      'RunHeldError',
      /rollback of run night-1 is not finished/,
    ],
  ];
  it.each(refusals)('refuses when %s', (_why, records, numbers, name, message) => {
    const thrown = (() => {
      try {
        return choose(records, ...numbers);
      } catch (error) {
        return error;
      }
    })();
    expect(thrown).toMatchObject({ name, message: expect.stringMatching(message) });
  });

  it('names ten servers at most', () => {
    const unsettled = withVerdicts(...Array.from({ length: 12 }, () => undefined));
    expect(() => choose(unsettled)).toThrow(/web-10 \(s-0+10\) and 2 more\)/);
    expect(() => choose(unsettled.slice(0, 10))).toThrow(/web-10 \(s-0+10\)\)/);
  });
});

describe('withAsk', () => {
  it('keeps each server under the latest ask that names it', () => {
    const asks = withAsk([anAsk('keep-1', 1, 2), anAsk('keep-2', 3)], anAsk('keep-3', 2, 3));
    expect(asks).toEqual([anAsk('keep-1', 1), anAsk('keep-3', 2, 3)]);
  });

  it('counts an execution that asks twice once', () => {
    expect(withAsk([anAsk('keep-1', 1, 2)], anAsk('keep-1', 1, 2))).toEqual([anAsk('keep-1', 1, 2)]);
    expect(withAsk([anAsk('keep-1', 1, 2)], anAsk('keep-1', 2))).toEqual([anAsk('keep-1', 2)]);
  });

  it('keeps the ask of a commit that only has to end the run', () => {
    expect(withAsk([anAsk('keep-1', 1)], anAsk('keep-2'))).toEqual([anAsk('keep-1', 1), anAsk('keep-2')]);
  });
});

describe('who was asked for what', () => {
  const runOf = (commit: 'never' | 'auto') =>
    aRunRecord({
      input: parseRunInput({ waveID: waveID(1), options: { commit } }),
      commits: [anAsk('keep-1', 1), anAsk('keep-2', 2)],
    });

  it('is told by the execution, and an execution that asked for nothing has no word', () => {
    expect(askedOf(runOf('never'), 'keep-2')).toEqual(new Set([sourceServerID(2)]));
    expect(askedOf(runOf('auto'), 'night-1')).toBeUndefined();
    expect(askedOf(aRunRecord(), 'keep-1')).toBeUndefined();
  });

  it('is told by the server, whoever asked', () => {
    const asked = (commit: 'never' | 'auto') =>
      [1, 2, 3].map((number) => isFinalizeAsked(runOf(commit), sourceServerID(number)));
    expect(asked('never')).toEqual([true, true, false]);
    expect(asked('auto')).toEqual([true, true, true]);
    expect(isFinalizeAsked(aRunRecord(), sourceServerID(1))).toBe(false);
  });
});

describe('finalized', () => {
  const server = aCutOverServer({ lifeCycleState: 'CUTOVER', lastCutover: { jobID: cutoverJobID } });

  it('takes the moment from MGN where it gives one', () => {
    const at = nowMs - 5_000;
    const stamped = { ...server, lastCutover: { jobID: cutoverJobID, finalizedAt: at } };
    expect(finalized(verified(), stamped, nowMs).finalizedAt).toBe(at);
    expect(finalized(verified(), server, nowMs)).toMatchObject({
      verdict: 'FINALIZED',
      phase: 'finalized',
      finalizedAt: nowMs,
      lifeCycleState: 'CUTOVER',
      nextSteps: [],
    });
  });

  it('keeps the warnings that still hold', () => {
    const warnings = ['SLOW_BOOT', 'NOT_FINALIZED', 'MGN_UNREADABLE', 'FINALIZE_UNKNOWN', 'COMMIT_TIMED_OUT'].map(
      (code) => ({
        code,
        fact: 'a fact',
        source: 'ledger',
      }),
    );
    expect(finalized(verified({ warnings }), server, nowMs).warnings.map(({ code }) => code)).toEqual(['SLOW_BOOT']);
  });
});
