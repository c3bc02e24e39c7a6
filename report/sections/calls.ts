/** Which calls changed something, with the IDs by which AWS knows them, and how many there were of all. */
import type { FullReport } from '../../cli/full-report.ts';
import type { JobStart, ServerReport } from '../../functions/domain/report.ts';
import type { Clock } from '../clock.ts';
import type { ReportContext } from '../context.ts';
import { html, type Html, type Insert } from '../html.ts';
import { nameOf } from '../verdict-words.ts';
import { counted, identifier, section, table } from './section.ts';

const operations: Readonly<Record<JobStart['kind'], string>> = {
  TERMINATE_TEST_INSTANCES: 'TerminateTargetInstances (test instances)',
  START_CUTOVER: 'StartCutover',
  TERMINATE_CUTOVER_INSTANCES: 'TerminateTargetInstances (cutover instances)',
};

const answers: Readonly<Record<JobStart['answer'], string>> = {
  RECEIVED: 'received',
  LOST_AND_FOUND: 'LOST AND FOUND: the answer never came, the job was recognised in MGN’s list',
  NONE: 'NONE: no job is known of it',
};

/** The section. */
export function callsSection({ report, clock }: ReportContext): Html {
  const { jobStarts, servers, apiCalls, stateMachine } = report;
  const jobs: Insert[][] = jobStarts.map((start) => [
    operations[start.kind],
    clock.short(start.calledAt),
    `${start.batchID}${start.tryNumber > 1 ? `, try ${String(start.tryNumber)}` : ''}`,
    start.sourceServerIDs.length,
    identifier(start.jobID),
    identifier(start.requestID),
    answers[start.answer],
  ]);
  jobs.push(...repeatedCalls(report));
  const single = singleCalls(servers, clock);
  const cost =
    stateMachine === undefined
      ? undefined
      : html`<p>
          State machines: ${counted(stateMachine.transitions, 'transition')} in
          ${counted(stateMachine.executions, 'execution')}, ${counted(stateMachine.historyEvents, 'event')}, the largest
          execution ${counted(stateMachine.largestExecutionEvents, 'event')}, the largest payload
          ${counted(stateMachine.largestPayloadBytes, 'byte')}.
        </p>`;
  return section('calls', 'API calls', [
    html`<h3>What changed something</h3>`,
    jobs.length === 0
      ? html`<p>No call that starts a job was made.</p>`
      : table(
          'Calls that start a job',
          ['Operation', 'Called', 'Batch', 'Source servers', 'Job', 'Request ID', 'Answer'],
          jobs,
        ),
    single.length === 0
      ? undefined
      : table('Calls that change one source server', ['Operation', 'Called', 'Source server', 'Request ID'], single),
    html`<h3>How many calls there were</h3>`,
    apiCalls === undefined
      ? html`<p>
          Not counted: this report was made from the ledger, by another process than did the work. CloudTrail has the
          calls.
        </p>`
      : table('Calls to MGN by operation, retries included', ['Operation', 'Calls'], callCounts(apiCalls)),
    cost,
  ]);
}

/** A call that was repeated has the record of its last try; the jobs of those before are known by their source servers. */
function repeatedCalls({ jobStarts, servers }: FullReport): Insert[][] {
  const known = new Set(jobStarts.map(({ jobID }) => jobID));
  const others = servers.flatMap(({ jobs, batchID }) =>
    (
      [
        ['TERMINATE_TEST_INSTANCES', jobs.terminateTestInstance],
        ['START_CUTOVER', jobs.cutover],
        ['TERMINATE_CUTOVER_INSTANCES', jobs.terminateCutoverInstance],
      ] as const
    ).flatMap(([kind, jobID]) => (jobID === undefined || known.has(jobID) ? [] : { kind, jobID, batchID })),
  );
  return [...Map.groupBy(others, ({ jobID }) => jobID)].map(([jobID, ofJob]) => {
    const [first] = ofJob;
    const operation = first === undefined ? '' : operations[first.kind];
    return [
      operation,
      '–',
      first?.batchID ?? '–',
      ofJob.length,
      identifier(jobID),
      '–',
      'an earlier try, known by its job',
    ];
  });
}

/** Reverts and finalizations are calls of their own, one for each source server. */
function singleCalls(servers: readonly ServerReport[], clock: Clock): Insert[][] {
  return servers
    .flatMap((server) => {
      const { revertedAt, finalizedAt } = server.timings;
      return [
        { operation: 'ChangeServerLifeCycleState', at: revertedAt, requestID: server.requestIDs.revert, server },
        { operation: 'FinalizeCutover', at: finalizedAt, requestID: server.requestIDs.finalize, server },
      ];
    })
    .flatMap((call) => (call.at === undefined ? [] : { ...call, at: call.at }))
    .toSorted((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ operation, at, requestID, server }) => [operation, clock.short(at), nameOf(server), identifier(requestID)]);
}

function callCounts(apiCalls: Readonly<Record<string, number>>): Insert[][] {
  const total = Object.values(apiCalls).reduce((sum, count) => sum + count, 0);
  return [
    ...Object.entries(apiCalls).map(([operation, count]) => [operation, count.toLocaleString('en')]),
    ['all', total.toLocaleString('en')],
  ];
}
