/**
 * A report that somebody kept as JSON, read again: what `--output` and `--json` write, and the document in a stack's
 * evidence bucket. Those of older versions know less and are taken all the same.
 */
import * as v from 'valibot';
import { RunIDSchema } from '../functions/domain/identifiers.ts';
import { RunInputSchema, describeIssue } from '../functions/domain/run-input.ts';
import { OptionsSchema } from '../functions/domain/run-options.ts';
import { attemptKinds, outcomes } from '../functions/domain/run-record.ts';
import { ReasonSchema } from '../functions/domain/reason.ts';
import { actionVerdicts, phases, verdicts } from '../functions/domain/server-record.ts';
import { listProblems } from '../functions/domain/shown-text.ts';
import { WindowSchema } from '../functions/domain/window.ts';
import { CommandError } from './exit-code.ts';
import type { FullReport } from './full-report.ts';

const text = v.optional(v.string());
const time = v.pipe(v.string(), v.isoTimestamp('expected a time such as "2026-11-28T22:00:00Z"'));
const timeIfAny = v.optional(time);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const listOf = <Item extends v.GenericSchema>(item: Item) => v.optional(v.array(item), []);

const TargetSchema = v.object(
  v.pick(RunInputSchema, ['waveID', 'applicationIDs', 'sourceServerIDs', 'accountID', 'region']).entries,
);

const AskSchema = { executionID: v.string(), askedAt: time, person: text };

const RunSchema = v.object({
  name: RunIDSchema,
  target: TargetSchema,
  options: v.fallback(OptionsSchema, v.parse(OptionsSchema, {})),
  window: v.optional(WindowSchema),
  outcome: v.picklist([...outcomes, 'UNFINISHED']),
  summary: v.string(),
  startedAt: time,
  endedAt: timeIfAny,
  batchIDs: listOf(v.string()),
  plan: v.optional(
    v.object({
      plannedAt: time,
      expected: v.optional(
        v.object({ launchSeconds: v.number(), actionsSeconds: v.number(), rollbackSeconds: v.number() }),
      ),
      lastSafeStartAt: timeIfAny,
    }),
  ),
  gates: v.optional(
    v.array(
      v.object({
        gate: v.picklist(['START', 'COMMIT']),
        openedAt: time,
        closesAt: time,
        answer: v.optional(v.object({ approved: v.boolean(), at: time, by: v.string(), person: text })),
      }),
    ),
  ),
  commits: v.optional(v.array(v.object({ ...AskSchema, sourceServerIDs: v.array(v.string()) }))),
  rollbacks: v.optional(v.array(v.object({ ...AskSchema, sourceServerCount: count }))),
});

const ActionSchema = v.object({
  actionName: text,
  documentName: text,
  documentType: text,
  executionID: text,
  failureReason: text,
  mustSucceedForCutover: v.boolean(),
  verdict: v.picklist(actionVerdicts),
});

const EvidenceSchema = v.object({
  what: v.string(),
  finding: v.string(),
  holds: v.picklist(['YES', 'NO', 'UNKNOWN']),
  source: v.string(),
  at: timeIfAny,
});

const ServerSchema = v.object({
  sourceServerID: v.string(),
  hostname: text,
  applicationID: text,
  applicationName: text,
  priorityGroup: v.optional(v.number(), 5),
  batchID: text,
  verdict: v.picklist([...verdicts, 'UNDECIDED']),
  phase: v.picklist(phases),
  phases: listOf(v.object({ phase: v.picklist(phases), at: time })),
  planned: v.optional(v.object({ cutoverStartsAt: time, launchedAt: time, verifiedAt: time })),
  lifeCycleState: text,
  reasons: v.array(ReasonSchema),
  warnings: v.array(ReasonSchema),
  evidence: listOf(EvidenceSchema),
  rollbackProblems: listOf(ReasonSchema),
  jobs: v.object({ terminateTestInstance: text, cutover: text, terminateCutoverInstance: text }),
  requestIDs: v.optional(v.object({ revert: text, finalize: text }), {}),
  instances: v.object({ test: text, cutover: text, terminated: text }),
  actions: v.array(ActionSchema),
  timings: v.object({
    cutoverStartedAt: timeIfAny,
    launchedAt: timeIfAny,
    bootedAt: timeIfAny,
    agentSeenAt: timeIfAny,
    verifiedAt: timeIfAny,
    finalizedAt: timeIfAny,
    rollbackRequestedAt: timeIfAny,
    revertedAt: timeIfAny,
    rolledBackAt: timeIfAny,
    phaseSince: time,
  }),
  nextSteps: listOf(v.string()),
});

const ReportSchema = v.object({
  run: RunSchema,
  servers: v.array(ServerSchema),
  jobStarts: listOf(
    v.object({
      kind: v.picklist(attemptKinds),
      batchID: v.string(),
      tryNumber: v.optional(count, 1),
      sourceServerIDs: v.array(v.string()),
      calledAt: time,
      jobID: text,
      requestID: text,
      answer: v.picklist(['RECEIVED', 'LOST_AND_FOUND', 'NONE']),
    }),
  ),
  failures: listOf(v.object({ at: time, batchID: text, error: v.string(), message: v.string() })),
  world: v.optional(v.object({ isRehearsal: v.boolean(), place: v.string() })),
  madeAt: timeIfAny,
  apiCalls: v.optional(v.record(v.string(), count)),
  stateMachine: v.optional(
    v.object({
      transitions: count,
      historyEvents: count,
      largestExecutionEvents: count,
      largestPayloadBytes: count,
      executions: count,
    }),
  ),
});

/** What a report is wrapped in: the last event of `--json`, or the evidence of a stack. */
const WrappedSchema = v.looseObject({
  report: v.record(v.string(), v.unknown()),
  execution: v.optional(v.looseObject({ executionID: v.string() })),
});

/** A migration's waves; one that was not started has no report. */
const WavesSchema = v.looseObject({ waves: v.array(v.looseObject({ report: v.optional(v.unknown()) })) });

/**
 * The reports in a document: one of a run, or those of a migration's waves that were started.
 *
 * @param what - the flag that named the file
 * @throws CommandError when there is none in it, or it is not whole, naming what is wrong.
 */
export function parseKeptReports(what: string, document: unknown): FullReport[] {
  const wrapped = v.safeParse(WrappedSchema, document);
  if (wrapped.success) return parseUnwrapped(what, wrapped.output.report, wrapped.output.execution?.executionID);
  return parseUnwrapped(what, document, undefined);
}

function parseUnwrapped(what: string, document: unknown, executionID: string | undefined): FullReport[] {
  const migration = v.safeParse(WavesSchema, document);
  if (!migration.success) return [parseOne(what, document, executionID)];
  const reports = migration.output.waves.flatMap(({ report }) => (report === undefined ? [] : [report]));
  if (reports.length === 0) throw new CommandError(`${what}: there is no report of a run in it; no wave was started.`);
  return reports.map((report) => parseOne(what, report, executionID));
}

function parseOne(what: string, document: unknown, executionID: string | undefined): FullReport {
  const parsed = v.safeParse(ReportSchema, document);
  if (!parsed.success) {
    throw new CommandError(`${what}: it is not a report of a run: ${listProblems(parsed.issues.map(describeIssue))}.`);
  }
  const place = executionID === undefined ? 'a kept report' : `STACK, evidence of execution ${executionID}`;
  return { ...parsed.output, world: parsed.output.world ?? { isRehearsal: false, place } };
}
