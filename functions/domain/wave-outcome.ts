/** How a run ended, for all its source servers together: the worst thing that is true decides. */
import { isFinalizeAsked } from './commit.ts';
import type { Outcome, RunRecord } from './run-record.ts';
import type { ServerRecord, Verdict } from './server-record.ts';

/** How many source servers have each verdict; those without one yet are left out. */
export function countVerdicts(records: readonly Pick<ServerRecord, 'verdict'>[]): Partial<Record<Verdict, number>> {
  const counts: Partial<Record<Verdict, number>> = {};
  for (const { verdict } of records) if (verdict !== undefined) counts[verdict] = (counts[verdict] ?? 0) + 1;
  return counts;
}

/**
 * The outcome: a person is needed if any server needs one; a refused wave touched nothing; FINALIZED if that is true of
 * every server of the input; VERIFIED if every one is verified or finalized and those that are not finalized were not
 * asked to be; anything else is PARTIAL.
 */
export function judgeOutcome(run: RunRecord, records: readonly ServerRecord[]): Outcome {
  if (records.some((record) => record.verdict === 'NEEDS_A_PERSON' || record.verdict === undefined))
    return 'NEEDS_A_PERSON';
  if (run.plan?.decision !== 'PROCEED') return 'REFUSED';
  const isFinalized = (record: ServerRecord) => record.verdict === 'FINALIZED';
  const isLeftVerified = (record: ServerRecord) =>
    record.verdict === 'VERIFIED' && !isFinalizeAsked(run, record.sourceServerID);
  if (records.length === 0) return 'PARTIAL';
  if (records.every(isFinalized)) return 'FINALIZED';
  return records.every((record) => isFinalized(record) || isLeftVerified(record)) ? 'VERIFIED' : 'PARTIAL';
}

/** What became of the servers a commit was asked for: all finalized, some still verified, or some need a person. */
export function judgeCommit(
  asked: ReadonlySet<string>,
  records: readonly { readonly sourceServerID: string; readonly verdict?: string | undefined }[],
): 'FINALIZED' | 'PARTIAL' | 'NEEDS_A_PERSON' {
  const verdicts = records.filter(({ sourceServerID }) => asked.has(sourceServerID)).map(({ verdict }) => verdict);
  if (verdicts.includes('NEEDS_A_PERSON')) return 'NEEDS_A_PERSON';
  return verdicts.every((verdict) => verdict === 'FINALIZED') ? 'FINALIZED' : 'PARTIAL';
}

const words: Readonly<Record<Verdict, string>> = {
  VERIFIED: 'verified',
  FINALIZED: 'finalized',
  ROLLED_BACK: 'rolled back',
  BLOCKED: 'blocked, untouched',
  NOT_STARTED: 'not started',
  NEEDS_A_PERSON: 'needing a person',
};

/** The outcome in one line, such as "12 source servers: 7 verified, 5 rolled back". */
export function summarize(records: readonly ServerRecord[]): string {
  if (records.length === 0) return 'no source server was resolved';
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
