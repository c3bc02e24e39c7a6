import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { Verdict } from '../../../functions/domain/server-record.ts';
import { countVerdicts, judgeCommit, judgeOutcome, summarize } from '../../../functions/domain/wave-outcome.ts';
import { aRunRecord, aServerRecord, nowMs, sourceServerID, waveID } from '../../support/domain-builders.ts';

const recordsOf = (verdicts: readonly (Verdict | undefined)[]) => verdicts.map((verdict) => aServerRecord({ verdict }));

const runOf = (commit: 'never' | 'auto', decision: 'PROCEED' | 'REFUSE' = 'PROCEED') =>
  aRunRecord({
    input: parseRunInput({ waveID: waveID(1), options: { commit } }),
    plan: { plannedAt: nowMs, decision, reasons: [] },
  });

describe('judgeOutcome', () => {
  const cases: ['never' | 'auto', (Verdict | undefined)[], string][] = [
    ['never', ['VERIFIED', 'VERIFIED'], 'VERIFIED'],
    ['never', ['VERIFIED', 'ROLLED_BACK'], 'PARTIAL'],
    ['never', ['VERIFIED', 'BLOCKED'], 'PARTIAL'],
    ['never', ['VERIFIED', 'NOT_STARTED'], 'PARTIAL'],
    ['never', ['ROLLED_BACK', 'ROLLED_BACK'], 'PARTIAL'],
    ['never', ['FINALIZED', 'FINALIZED'], 'FINALIZED'],
    ['never', ['VERIFIED', 'FINALIZED'], 'VERIFIED'],
    ['never', ['FINALIZED', 'ROLLED_BACK'], 'PARTIAL'],
    ['never', ['VERIFIED', 'NEEDS_A_PERSON'], 'NEEDS_A_PERSON'],
    ['never', ['VERIFIED', undefined], 'NEEDS_A_PERSON'],
    ['never', [], 'PARTIAL'],
    ['auto', ['FINALIZED', 'FINALIZED'], 'FINALIZED'],
    ['auto', ['VERIFIED', 'VERIFIED'], 'PARTIAL'],
    ['auto', ['FINALIZED', 'VERIFIED'], 'PARTIAL'],
    ['auto', ['FINALIZED', 'ROLLED_BACK'], 'PARTIAL'],
    ['auto', ['FINALIZED', 'NEEDS_A_PERSON'], 'NEEDS_A_PERSON'],
  ];
  it.each(cases)('with commit %s and verdicts %j is %s', (commit, verdicts, expected) => {
    expect(judgeOutcome(runOf(commit), recordsOf(verdicts))).toBe(expected);
  });

  const committed: [string, number[], (Verdict | undefined)[], string][] = [
    ['all, and all are', [1, 2], ['FINALIZED', 'FINALIZED'], 'FINALIZED'],
    ['one, and it is', [1], ['FINALIZED', 'VERIFIED'], 'VERIFIED'],
    ['one, and only the other is', [1], ['VERIFIED', 'FINALIZED'], 'PARTIAL'],
    ['all, and one is not', [1, 2], ['FINALIZED', 'VERIFIED'], 'PARTIAL'],
    ['one, and it needs a person', [1], ['NEEDS_A_PERSON', 'VERIFIED'], 'NEEDS_A_PERSON'],
    ['one, and the other was rolled back', [1], ['FINALIZED', 'ROLLED_BACK'], 'PARTIAL'],
  ];
  it.each(committed)('when a person asked to finalize %s', (_words, asked, verdicts, expected) => {
    const commits = [{ executionID: 'keep-1', askedAt: nowMs, sourceServerIDs: asked.map(sourceServerID) }];
    const records = verdicts.map((verdict, index) =>
      aServerRecord({ sourceServerID: sourceServerID(index + 1), verdict }),
    );
    expect(judgeOutcome({ ...runOf('never'), commits }, records)).toBe(expected);
  });

  it('is REFUSED when the plan refused the wave', () => {
    expect(judgeOutcome(runOf('never', 'REFUSE'), recordsOf(['BLOCKED', 'NOT_STARTED']))).toBe('REFUSED');
  });

  it('is REFUSED when there was never a plan', () => {
    expect(judgeOutcome(aRunRecord({ plan: undefined }), recordsOf(['NOT_STARTED']))).toBe('REFUSED');
  });

  it('calls for a person even in a refused wave', () => {
    expect(judgeOutcome(runOf('never', 'REFUSE'), recordsOf(['BLOCKED', 'NEEDS_A_PERSON']))).toBe('NEEDS_A_PERSON');
  });
});

describe('judgeCommit', () => {
  const cases: [number[], Verdict[], string][] = [
    [[1, 2], ['FINALIZED', 'FINALIZED', 'VERIFIED'], 'FINALIZED'],
    [[1, 2], ['FINALIZED', 'VERIFIED', 'FINALIZED'], 'PARTIAL'],
    [[1, 2], ['VERIFIED', 'NEEDS_A_PERSON', 'FINALIZED'], 'NEEDS_A_PERSON'],
    [[1, 2], ['FINALIZED', 'FINALIZED', 'NEEDS_A_PERSON'], 'FINALIZED'],
    [[3], ['VERIFIED', 'ROLLED_BACK', 'FINALIZED'], 'FINALIZED'],
  ];
  it.each(cases)('goes by servers %j only: %j', (asked, verdicts, expected) => {
    const records = verdicts.map((verdict, index) =>
      aServerRecord({ sourceServerID: sourceServerID(index + 1), verdict }),
    );
    expect(judgeCommit(new Set(asked.map(sourceServerID)), records)).toBe(expected);
  });
});

describe('countVerdicts', () => {
  it('counts each verdict and leaves out who has none', () => {
    expect(countVerdicts(recordsOf(['VERIFIED', 'BLOCKED', 'VERIFIED', undefined]))).toEqual({
      VERIFIED: 2,
      BLOCKED: 1,
    });
  });
});

describe('summarize', () => {
  const cases: [Verdict[], string][] = [
    [[], 'no source server was resolved'],
    [['VERIFIED'], '1 source server: 1 verified'],
    [['ROLLED_BACK', 'VERIFIED', 'VERIFIED'], '3 source servers: 2 verified, 1 rolled back'],
    [
      ['NEEDS_A_PERSON', 'NOT_STARTED', 'BLOCKED', 'FINALIZED'],
      '4 source servers: 1 finalized, 1 blocked, untouched, 1 not started, 1 needing a person',
    ],
  ];
  it.each(cases)('%j', (verdicts, expected) => {
    expect(summarize(recordsOf(verdicts))).toBe(expected);
  });
});
