/**
 * Who asked for which servers to be finalized, and may this one be finalized now? The facts are read again, because hours
 * may lie between verification and commit.
 */
import { InvalidInputError, RunHeldError } from './errors.ts';
import type { RunID, SourceServerID } from './identifiers.ts';
import type { Answered } from './ports.ts';
import type { Reason } from './reason.ts';
import type { CommitAsk, RunRecord } from './run-record.ts';
import { inPhase, type ServerRecord } from './server-record.ts';
import { nameOf, type SourceServer } from './source-server.ts';

/** FINALIZE: lawful and ours. DONE: this cutover is finalized already, as `server` shows. REFUSE: not ours, or changed. */
export type CommitAssessment =
  | { readonly commit: 'FINALIZE' }
  | { readonly commit: 'DONE'; readonly server: SourceServer }
  | { readonly commit: 'REFUSE'; readonly reasons: readonly Reason[] };

/** Compares a verified record with what MGN shows now; only the very cutover and instance that were verified pass. */
export function assessCommit(record: ServerRecord, server: SourceServer | undefined): CommitAssessment {
  if (server === undefined) return refuse('SOURCE_SERVER_GONE', 'MGN no longer knows this source server');
  if (record.verdict !== 'VERIFIED') return refuse('NOT_VERIFIED', 'the cutover was not verified');
  if (record.cutover === undefined || server.lastCutover.jobID !== record.cutover.jobID) {
    return refuse(
      'CUTOVER_OF_ANOTHER',
      `the last cutover job is ${server.lastCutover.jobID ?? 'unknown'}, which this run did not start`,
    );
  }
  if (server.lifeCycleState === 'CUTOVER') return { commit: 'DONE', server };
  if (server.lifeCycleState !== 'CUTTING_OVER') {
    return refuse(
      'UNEXPECTED_LIFECYCLE_STATE',
      `lifeCycle.state is ${server.lifeCycleState}, not CUTTING_OVER as this run’s cutover left it`,
    );
  }
  const shownID = server.launchedInstance?.ec2InstanceID;
  if (shownID === undefined || shownID !== record.cutover.ec2InstanceID) {
    return refuse(
      'INSTANCE_CHANGED',
      `the launched instance is ${shownID ?? 'not given'}, not the verified ${record.cutover.ec2InstanceID ?? 'one'}`,
    );
  }
  return { commit: 'FINALIZE' };
}

/** What was remarked of a verified server as long as nobody knew better; a fresh read of MGN settles it. */
const passingWarnings: ReadonlySet<string> = new Set(['NOT_FINALIZED', 'MGN_UNREADABLE', 'FINALIZE_UNKNOWN']);

/** What was remarked of a server while nobody had decided about it. */
const undecidedWarning = 'COMMIT_TIMED_OUT';

/** The record without the warnings that a fresh read of MGN has settled. */
export function freshlyRead(record: ServerRecord): ServerRecord {
  return { ...record, warnings: record.warnings.filter(({ code }) => !passingWarnings.has(code)) };
}

/** The record of a server that MGN shows as finalized. */
export function finalized(record: ServerRecord, server: SourceServer & Answered, now: number): ServerRecord {
  const settled = freshlyRead(record);
  return {
    ...inPhase(settled, 'finalized', now),
    verdict: 'FINALIZED',
    warnings: settled.warnings.filter(({ code }) => code !== undecidedWarning),
    finalizedAt: server.lastCutover.finalizedAt ?? now,
    finalizeRequestID: server.requestID,
    lifeCycleState: server.lifeCycleState,
    nextSteps: [],
  };
}

/** The record of a server that MGN shows as finalized, whoever did it; where nobody asked this run to, that is remarked. */
export function foundFinalized(run: RunRecord, record: ServerRecord, server: SourceServer, now: number): ServerRecord {
  const known = finalized(record, server, now);
  const isRemarked = known.warnings.some(({ code }) => code === finalizedByOthers.code);
  if (isRemarked || isFinalizeAsked(run, record.sourceServerID)) return known;
  return { ...known, warnings: [...known.warnings, finalizedByOthers] };
}

const finalizedByOthers: Reason = {
  code: 'FINALIZED_BY_OTHERS',
  fact: 'lifeCycle.state is CUTOVER: somebody else finalized this cutover, which the run was not asked to do',
  source: 'DescribeSourceServers',
};

function refuse(code: string, fact: string): CommitAssessment {
  return { commit: 'REFUSE', reasons: [{ code, fact, source: 'DescribeSourceServers' }] };
}

/**
 * The servers that a commit of the run has to finalize: those named, or all that are verified; none when all of them are
 * finalized already. Whoever names one that is neither is mistaken about it, so nothing is done; one that is finalized is
 * no mistake, because a commit that was interrupted is asked for again in the same words.
 *
 * @throws InvalidInputError when a named server is not of the run or not verified, or the run has no verified one;
 *   RunHeldError while a server has no verdict: then the run or a rollback of it is under way or was interrupted.
 */
export function chooseForCommit(
  runID: RunID,
  records: readonly ServerRecord[],
  named: readonly SourceServerID[] | undefined,
): ServerRecord[] {
  const unknown = (named ?? []).filter((id) => !records.some((record) => record.sourceServerID === id));
  if (unknown.length > 0)
    throw new InvalidInputError(`sourceServerIDs: ${listed(unknown)} are not part of run ${runID}.`);
  refuseUnsettled(
    runID,
    records.filter((record) => record.verdict === undefined),
  );
  const isCommittable = ({ verdict }: ServerRecord) => verdict === 'VERIFIED' || verdict === 'FINALIZED';
  const asked = records.filter((record) => named?.includes(record.sourceServerID) ?? isCommittable(record));
  const wrong = asked.filter((record) => !isCommittable(record));
  if (wrong.length > 0) {
    const names = listed(wrong.map((record) => `${nameOf(record)} is ${record.verdict ?? ''}`));
    throw new InvalidInputError(`Only what run ${runID} verified can be finalized: ${names}. Nothing was touched.`);
  }
  if (asked.length === 0)
    throw new InvalidInputError(`Run ${runID} has no verified source server, so there is nothing to finalize.`);
  return asked.filter((record) => record.verdict === 'VERIFIED');
}

/** A run whose every server has a verdict has nothing under way, however its execution ended. */
function refuseUnsettled(runID: RunID, unsettled: readonly ServerRecord[]): void {
  if (unsettled.length === 0) return;
  const names = listed(unsettled.map(nameOf));
  const isRollback = unsettled.some((record) => record.rollback !== undefined);
  throw new RunHeldError(
    isRollback
      ? `A rollback of run ${runID} is not finished (${names}); finish it first. Nothing was touched.`
      : `Run ${runID} has not ended (${names}); let it end, go on with it or bring it back first. Nothing was touched.`,
  );
}

const namesMax = 10;

function listed(names: readonly string[]): string {
  const hidden = names.length - namesMax;
  return `${names.slice(0, namesMax).join(', ')}${hidden > 0 ? ` and ${String(hidden)} more` : ''}`;
}

/**
 * The asks with one more. A server is kept under the latest ask that names it, so that they stay as short as the run has
 * servers; an execution that asks twice, because its first answer was lost, has asked once.
 */
export function withAsk(asks: readonly CommitAsk[], ask: CommitAsk): CommitAsk[] {
  const named = new Set(ask.sourceServerIDs);
  const earlier = asks
    .filter(({ executionID }) => executionID !== ask.executionID)
    .map((known) => ({ ...known, sourceServerIDs: known.sourceServerIDs.filter((id) => !named.has(id)) }));
  return [...earlier.filter(({ sourceServerIDs }) => sourceServerIDs.length > 0), ask];
}

/** The servers that this execution was asked by a person to finalize; undefined when it was not asked. */
export function askedOf(run: RunRecord, executionID: string): ReadonlySet<SourceServerID> | undefined {
  const ask = run.commits?.find((candidate) => candidate.executionID === executionID);
  return ask && new Set(ask.sourceServerIDs);
}

/** Whether finalizing this server was ever asked for: by the run's input, or by a person afterwards. */
export function isFinalizeAsked(run: RunRecord, sourceServerID: SourceServerID): boolean {
  const isNamed = run.commits?.some(({ sourceServerIDs }) => sourceServerIDs.includes(sourceServerID)) ?? false;
  return isNamed || run.input.options.commit === 'auto';
}
