import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { Verdict } from '../../../functions/domain/server-record.ts';
import { countVerdicts, judgeOutcome, summarize } from '../../../functions/domain/wave-outcome.ts';
import { aRunRecord, aServerRecord, nowMs, waveID } from '../../support/domain-builders.ts';

const recordsOf = (verdicts: readonly (Verdict | undefined)[]) => verdicts.map((verdict) => aServerRecord({ verdict }));

const runOf = (commit: 'never' | 'auto', decision: 'PROCEED' | 'REFUSE' = 'PROCEED') =>
  aRunRecord({
    input: parseRunInput({ waveID: waveID(1), options: { commit } }),
    plan: { plannedAt: nowMs, decision, batchIDs: [], reasons: [] },
  });

describe('judgeOutcome', () => {
  const cases: ['never' | 'auto', (Verdict | undefined)[], string][] = [
    ['never', ['VERIFIED', 'VERIFIED'], 'VERIFIED'],
    ['never', ['VERIFIED', 'ROLLED_BACK'], 'PARTIAL'],
    ['never', ['VERIFIED', 'BLOCKED'], 'PARTIAL'],
    ['never', ['VERIFIED', 'NOT_STARTED'], 'PARTIAL'],
    ['never', ['ROLLED_BACK', 'ROLLED_BACK'], 'PARTIAL'],
    ['never', ['FINALIZED', 'FINALIZED'], 'FINALIZED'],
    ['never', ['VERIFIED', 'FINALIZED'], 'PARTIAL'],
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
    [['VERIFIED'], '1 source server: 1 verified'],
    [['ROLLED_BACK', 'VERIFIED', 'VERIFIED'], '3 source servers: 2 verified, 1 rolled back'],
    [
      ['NEEDS_A_PERSON', 'NOT_STARTED', 'BLOCKED', 'FINALIZED'],
      '4 source servers: 1 finalized, 1 blocked, untouched, 1 not started, 1 need a person',
    ],
  ];
  it.each(cases)('%j', (verdicts, expected) => {
    expect(summarize(recordsOf(verdicts))).toBe(expected);
  });
});
