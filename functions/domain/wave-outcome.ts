/** How a run ended, for all its source servers together: the worst thing that is true decides. */
import type { Outcome, RunRecord } from './run-record.ts';
import type { ServerRecord, Verdict } from './server-record.ts';

/** How many source servers have each verdict; those without one yet are left out. */
export function countVerdicts(records: readonly Pick<ServerRecord, 'verdict'>[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of records) if (verdict !== undefined) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

/**
 * The outcome: a person is needed if any server needs one; a refused wave touched nothing; VERIFIED or FINALIZED only
 * if that is true of every server of the input; anything else is PARTIAL.
 */
export function judgeOutcome(run: RunRecord, records: readonly ServerRecord[]): Outcome {
  const all = (...verdicts: Verdict[]) =>
    records.length > 0 && records.every((record) => record.verdict !== undefined && verdicts.includes(record.verdict));
  if (records.some((record) => record.verdict === 'NEEDS_A_PERSON' || record.verdict === undefined))
    return 'NEEDS_A_PERSON';
  if (run.plan?.decision !== 'PROCEED') return 'REFUSED';
  if (all('FINALIZED')) return 'FINALIZED';
  if (run.input.options.commit === 'never' && all('VERIFIED')) return 'VERIFIED';
  return 'PARTIAL';
}

const words: Readonly<Record<Verdict, string>> = {
  VERIFIED: 'verified',
  FINALIZED: 'finalized',
  ROLLED_BACK: 'rolled back',
  BLOCKED: 'blocked, untouched',
  NOT_STARTED: 'not started',
  NEEDS_A_PERSON: 'need a person',
};

/** The outcome in one line, such as "12 source servers: 7 verified, 5 rolled back". */
export function summarize(records: readonly ServerRecord[]): string {
  const counts = countVerdicts(records);
  const order: readonly Verdict[] = [
    'FINALIZED',
    'VERIFIED',
    'ROLLED_BACK',
    'BLOCKED',
    'NOT_STARTED',
    'NEEDS_A_PERSON',
  ];
  const parts = order.flatMap((verdict) => {
    const count = counts[verdict];
    return count === undefined ? [] : [`${String(count)} ${words[verdict]}`];
  });
  return `${String(records.length)} source server${records.length === 1 ? '' : 's'}: ${parts.join(', ')}`;
}
