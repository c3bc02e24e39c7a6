/**
 * An execution of a wave, a rollback or a commit has ended, however it did: clear the way for people, keep the evidence,
 * tell them. It looks at MGN and never acts on it; whether anything is brought back or finalized is for people to say.
 *
 * EventBridge tells the end at least once and sometimes late, so all of it may be done again. Only people are not told
 * twice of one end, as far as the ledger knows that they were told.
 */
import type { RunID } from '../domain/identifiers.ts';
import { buildReport, type Report } from '../domain/report.ts';
import { targetOf } from '../domain/target.ts';
import { onLambda, step, type StepHandler } from '../shared/step.ts';
import {
  ExecutionStatusEventSchema,
  toEndedExecution,
  toEndedMigration,
  type EndedExecution,
  type ExecutionStatusEvent,
} from './ended-execution.ts';
import { findRun, isNested } from './find-run.ts';
import { needsAPerson, writeNotice, type NoticeFacts } from './notice.ts';
import { observeRun, type Observation } from './observe-run.ts';
import { reportMigration } from './report-migration.ts';
import {
  channelsOf,
  inFileName,
  iso,
  partsOf,
  ReportIncompleteError,
  tellBy,
  type Parts,
  type ReportDeps,
} from './report-parts.ts';
import { productionReporter } from './reporter.ts';
import { readSettled, settleRun, type SettledRun } from './settle-run.ts';

/**
 * Settles, keeps and tells, each whatever became of the others.
 *
 * @throws InvalidInputError from the handler when the event is none of Step Functions; ReportIncompleteError when a part
 *   failed.
 */
export function createHandler(deps: ReportDeps): StepHandler {
  return step(ExecutionStatusEventSchema, (event) => reportRun(event, deps))(deps);
}

/** The Lambda function. */
export const handler = onLambda((deps) => createHandler({ ...deps, reporter: productionReporter(deps.clock) }));

async function reportRun(event: ExecutionStatusEvent, deps: ReportDeps) {
  const migration = toEndedMigration(event, deps.reporter.stackName);
  if (migration !== undefined) return reportMigration(migration, deps);
  const ended = toEndedExecution(event, deps.reporter.stackName);
  if (ended === undefined || isNested(ended)) return { reported: false };
  const { executionID, machine, status } = ended;
  const parts = partsOf(deps);
  const runID = await parts.attempt('the ledger could not be searched', () => findRun(ended, deps.ledger));
  deps.logger.appendKeys({ runID, executionID });
  const settled =
    runID &&
    ((await parts.attempt('the way could not be cleared for people', () => settleRun(deps, ended, runID))) ??
      (await parts.attempt('the ledger could not be read', () => readSettled(deps, ended, runID))));
  const observation = settled && (await observeUnlessEnded(deps, settled));
  const evidence =
    settled &&
    (await parts.attempt('the report could not be kept', () => keepEvidence(deps, ended, settled, observation)));
  const facts = { stackName: deps.reporter.stackName, ended, runID, settled, observation, evidence };
  const isTold = await tell(deps, parts, facts);
  if (parts.failures.length > 0) throw new ReportIncompleteError(`${executionID}: ${parts.failures.join('; ')}`);
  return { reported: true, machine, status, standing: settled?.standing, isTold };
}

/** Once a run has ended, the last step of its execution has read MGN, and others may have moved the servers since. */
async function observeUnlessEnded(deps: ReportDeps, settled: SettledRun): Promise<Observation | undefined> {
  const { run, standing, servers, attempts } = settled;
  if (standing === 'ENDED' || standing === 'UNTOUCHED') return undefined;
  return observeRun(deps.mgn(targetOf(run)), run, servers, attempts);
}

/** Keeps the report under a name of its own and as the run's latest; answers with where. */
async function keepEvidence(
  deps: ReportDeps,
  ended: EndedExecution,
  { run, standing, servers, attempts }: SettledRun,
  observation: Observation | undefined,
): Promise<string> {
  const { bucket } = deps.reporter;
  const { executionID, machine, status, startedAt, endedAt, error, cause } = ended;
  const failures = await deps.ledger.readFailures(run.runID);
  const document = {
    execution: { executionID, machine, status, startedAt: iso(startedAt), endedAt: iso(endedAt), error, cause },
    standing,
    holder: run.holder && { executionID: run.holder.executionID, heldUntil: iso(run.holder.heldUntil) },
    observation: observation && { at: iso(deps.clock.now()), ...observation },
    report: withStack(deps.reporter.stackName, ended.region, buildReport({ run, servers, attempts, failures })),
  };
  const folder = `runs/${run.runID}`;
  const key = `${folder}/${inFileName(endedAt)}-${machine}-${status}.json`;
  await bucket.put(key, document);
  await bucket.put(`${folder}/report.json`, document);
  return `s3://${bucket.name}/${key}`;
}

/**
 * The ledger's next steps do not know which stack they were written by; whoever pastes one has to say it, and its region,
 * which need not be that of the source servers.
 */
function withStack(stackName: string, region: string, report: Report): Report {
  const onStack = (step: string) =>
    step.replace(
      /(mgn-cutover (?:rollback|commit) \S+)(?: --region \S+)?/,
      `$1 --stack ${stackName} --region ${region}`,
    );
  return {
    ...report,
    servers: report.servers.map((server) => ({ ...server, nextSteps: server.nextSteps.map(onStack) })),
  };
}

/**
 * Whether people were told now; they are not told of a success of no known run, nor again of the same end by a channel
 * that took it before.
 */
async function tell(deps: ReportDeps, parts: Parts, facts: Omit<NoticeFacts, 'failures'>): Promise<boolean> {
  const { ended, runID, settled } = facts;
  const { channels, emitMetrics } = deps.reporter;
  const hasFailed = parts.failures.length > 0;
  if (settled === undefined && ended.status === 'SUCCEEDED' && !hasFailed) return false;
  const before = settled === undefined ? [] : await toldBefore(deps, parts, settled.run.runID, ended);
  const untold = channels.filter(({ name }) => !before.includes(name));
  if (untold.length === 0) return false;
  const isPersonNeeded = settled === undefined ? hasFailed : needsAPerson(settled);
  if (before.length === 0) emitMetrics({ RunsNeedingAPerson: isPersonNeeded ? 1 : 0 });
  const told = await tellBy(untold, parts, writeNotice({ ...facts, failures: [...parts.failures] }));
  if (told.length === 0 || runID === undefined || settled === undefined) return told.length > 0;
  const { executionID, status: executionStatus, endedAt } = ended;
  const { standing } = settled;
  const sent = { sentAt: deps.clock.now(), channels: [...before, ...told] };
  await parts.attempt('that people were told could not be noted', () =>
    deps.ledger.recordNotice(runID, { executionID, executionStatus, endedAt, standing, ...sent }),
  );
  return true;
}

/** The channels by which people were told of this end. */
async function toldBefore(
  deps: ReportDeps,
  parts: Parts,
  runID: RunID,
  ended: EndedExecution,
): Promise<readonly string[]> {
  const notices = await parts.attempt('it could not be told whether people were told before', () =>
    deps.ledger.readNotices(runID),
  );
  const same = notices?.find(
    ({ executionID, endedAt }) => executionID === ended.executionID && endedAt === ended.endedAt,
  );
  return channelsOf(same);
}
