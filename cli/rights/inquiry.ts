/** Asks IAM about identities and what each has to do, and says what that comes to. */
import type { IAMClient } from '@aws-sdk/client-iam';
import { exitCodes } from '../exit-code.ts';
import type { Identity } from './identity.ts';
import type { Duty, Right } from './right.ts';
import { CannotSimulateError, simulate, type Verdict } from './simulation.ts';

/** An identity with all that is asked about it. */
export interface Subject {
  readonly identity: Identity;
  readonly duties: readonly Duty[];
  /** Whether it is there for these duties alone, so that it should not be able to do anything else. */
  readonly isDedicated: boolean;
}

/** A right and what IAM says of it. */
export interface JudgedRight {
  readonly right: Right;
  readonly verdict: Verdict;
}

/** A duty and what IAM says of its rights; `whyUnknown` when it says nothing. */
export interface JudgedDuty {
  readonly subject: Subject;
  readonly duty: Duty;
  readonly whyUnknown?: string | undefined;
  readonly rights: readonly JudgedRight[];
  readonly neverCalled: readonly JudgedRight[];
}

/** Asks about all subjects, one after the other. */
export async function inquire(client: IAMClient, subjects: readonly Subject[]): Promise<JudgedDuty[]> {
  const judged: JudgedDuty[] = [];
  for (const subject of subjects) judged.push(...(await inquireAbout(client, subject)));
  return judged;
}

async function inquireAbout(client: IAMClient, subject: Subject): Promise<JudgedDuty[]> {
  const unknown = (whyUnknown: string) =>
    subject.duties.map((duty) => ({ subject, duty, whyUnknown, rights: [], neverCalled: [] }));
  const { arn, whyUnknown } = subject.identity;
  if (whyUnknown !== undefined) return unknown(whyUnknown);
  try {
    const verdicts = await simulate(
      client,
      arn,
      subject.duties.flatMap(({ rights, neverCalled }) => [...rights, ...neverCalled]),
    );
    const judge = (right: Right): JudgedRight => ({
      right,
      verdict: verdicts.get(right) ?? { verdict: 'unclear', why: 'IAM was not asked about it' },
    });
    return subject.duties.map((duty) => ({
      subject,
      duty,
      rights: duty.rights.map(judge),
      neverCalled: duty.neverCalled.map(judge),
    }));
  } catch (error) {
    if (error instanceof CannotSimulateError) return unknown(error.message);
    throw error;
  }
}

/** What a duty comes to: lacking and excessive need mending, unknown is not known to be good. */
export type Standing = 'good' | 'lacking' | 'excessive' | 'unknown';

/** What the duty comes to; the gravest where several hold. */
export function standingOf(judged: JudgedDuty): Standing {
  const needed = judged.rights.filter(isNeeded).map(({ verdict }) => verdict.verdict);
  if (needed.includes('missing') || needed.includes('denied')) return 'lacking';
  if (excessOf(judged).length > 0) return 'excessive';
  return judged.whyUnknown !== undefined || needed.includes('unclear') ? 'unknown' : 'good';
}

/** Calls that an identity of these duties alone may make, though none of them does. */
export function excessOf({ subject, neverCalled }: JudgedDuty): JudgedRight[] {
  return subject.isDedicated ? neverCalled.filter(({ verdict }) => verdict.verdict === 'allowed') : [];
}

/** Whether something stands still without the right; what AWS only lists is missed only where it is forbidden. */
export function isNeeded({ right, verdict }: JudgedRight): boolean {
  return right.isOnlyListed !== true || verdict.verdict === 'denied';
}

/** 0 when everything is allowed, 2 when something needs mending, 3 when nobody can tell. */
export function exitCodeOfRights(duties: readonly JudgedDuty[]): number {
  const standings = duties.flatMap((judged) => (judged.duty.isOptional === true ? [] : [standingOf(judged)]));
  if (standings.includes('lacking') || standings.includes('excessive')) return exitCodes.refused;
  return standings.includes('unknown') ? exitCodes.person : exitCodes.done;
}
