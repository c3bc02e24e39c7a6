/** What there is to say of one source server in one run: every fact behind its verdict, who decided what, and what is next. */
import type { Reason } from '../../functions/domain/reason.ts';
import type { JobStart, ServerReport } from '../../functions/domain/report.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { tellingReason } from '../../functions/domain/reason.ts';
import type { FullReport } from '../full-report.ts';
import type { ListedRun } from '../run-list.ts';
import type { MgnNow } from './mgn-now.ts';

/** Another source server of the same application, and what became of it. */
export interface Companion {
  readonly sourceServerID: string;
  readonly hostname?: string | undefined;
  readonly phase: ServerRecord['phase'];
  readonly verdict: ServerReport['verdict'];
  /** Whether it was lost by another one's failure, and not by its own. */
  readonly isTakenAlong: boolean;
  /** Why it was lost. */
  readonly reason?: Reason | undefined;
}

/** A person's word about the run, as far as it concerns the source server. Times are ISO 8601 in UTC. */
export interface Word {
  readonly at: string;
  readonly what: string;
  /** Who they said they were. */
  readonly person?: string | undefined;
  /** The execution they started. */
  readonly by: string;
}

/** A fact with its age, in whole seconds, where it is known when it was seen. */
export type AgedEvidence = ServerReport['evidence'][number] & { readonly ageSeconds?: number | undefined };

/** The explanation of one source server. Times are ISO 8601 in UTC. */
export interface Explanation {
  readonly explainedAt: string;
  readonly run: ListedRun;
  readonly server: Omit<ServerReport, 'evidence'> & {
    readonly arn: string;
    readonly evidence: readonly AgedEvidence[];
  };
  /** Its application's other source servers in the run. */
  readonly companions: readonly Companion[];
  /** The calls that started a job with it. */
  readonly jobStarts: readonly JobStart[];
  readonly words: readonly Word[];
  /** What is safe to do next, as sentences and commands. */
  readonly next: readonly string[];
  readonly mgnNow: MgnNow;
}

/** What an explanation is made of. */
export interface ExplanationFacts {
  readonly report: FullReport;
  readonly server: ServerReport;
  readonly record: ServerRecord;
  /** All source servers of the run. */
  readonly servers: readonly ServerRecord[];
  readonly run: ListedRun;
  readonly next: readonly string[];
  readonly mgnNow: MgnNow;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** Puts the explanation together. */
export function explain(facts: ExplanationFacts): Explanation {
  const { report, server, record, servers, run, next, mgnNow, now } = facts;
  const evidence = server.evidence.map((fact) => ({
    ...fact,
    ageSeconds: fact.at === undefined ? undefined : Math.max(0, Math.floor((now - Date.parse(fact.at)) / 1_000)),
  }));
  return {
    explainedAt: new Date(now).toISOString(),
    run,
    server: { ...server, arn: record.arn, evidence },
    companions: servers.filter((other) => isCompanion(other, record)).map(describeCompanion),
    jobStarts: report.jobStarts.filter(({ sourceServerIDs }) => sourceServerIDs.includes(server.sourceServerID)),
    words: wordsOf(report, server),
    next,
    mgnNow,
  };
}

function isCompanion(other: ServerRecord, { sourceServerID, applicationID }: ServerRecord): boolean {
  return (
    applicationID !== undefined && other.applicationID === applicationID && other.sourceServerID !== sourceServerID
  );
}

function describeCompanion({ sourceServerID, hostname, phase, verdict, reasons }: ServerRecord): Companion {
  const reason = tellingReason(reasons);
  return {
    sourceServerID,
    hostname,
    phase,
    verdict: verdict ?? 'UNDECIDED',
    isTakenAlong: reasons.some(({ source }) => source === policySource) && !reasons.some(isOwnReason),
    reason,
  };
}

/** Where the reasons are from that one source server's failure gives to others (`failure-policy.ts`). */
const policySource = 'failure policy';

function isOwnReason({ source }: Reason): boolean {
  return source !== policySource;
}

function wordsOf({ run }: FullReport, { sourceServerID, timings }: ServerReport): Word[] {
  const starts = (run.gates ?? []).flatMap(({ gate, answer }) =>
    answer === undefined
      ? []
      : [
          {
            ...answer,
            what: `the ${gate === 'START' ? 'start' : 'commit'} was ${answer.approved ? 'approved' : 'refused'}`,
          },
        ],
  );
  const commits = (run.commits ?? [])
    .filter(({ sourceServerIDs }) => sourceServerIDs.includes(sourceServerID))
    .map(({ askedAt, executionID, person }) => ({
      at: askedAt,
      what: 'its finalization was asked for',
      by: executionID,
      person,
    }));
  const isBroughtBack = timings.rollbackRequestedAt !== undefined;
  const rollbacks = (isBroughtBack ? (run.rollbacks ?? []) : []).map(
    ({ askedAt, executionID, person, sourceServerCount }) => ({
      at: askedAt,
      what: `a rollback of ${String(sourceServerCount)} source server${sourceServerCount === 1 ? '' : 's'} of the run was asked for`,
      by: executionID,
      person,
    }),
  );
  return [...starts, ...commits, ...rollbacks]
    .map(({ at, what, by, person }) => ({ at, what, by, person }))
    .sort((one, other) => (one.at < other.at ? -1 : 1));
}
