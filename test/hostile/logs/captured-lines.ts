/** What the functions log, as it would reach CloudWatch: every line that goes to the process's output while it is captured. */
import * as v from 'valibot';

/** Longest line, in characters; a hundred of them a step would still be no burden. */
const lineMax = 8_000;

/** The members that a line may have. Whoever adds one decides here that it may be read by everybody who reads logs. */
const lineKeys: ReadonlySet<string> = new Set([
  // Of the logger itself.
  'level',
  'message',
  'timestamp',
  'service',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
  'sampling_rate',
  'xray_trace_id',
  'tenant_id',
  // Of the event: IDs.
  'runID',
  'migrationID',
  'executionID',
  'batchID',
  'kind',
  'slot',
  // Of what was done.
  'answer',
  'errorName',
  'errorMessage',
  'hook',
  'hint',
  'sourceServerID',
  'jobID',
]);

/** The members that a step's logged answer may have. */
const answerKeys: ReadonlySet<string> = new Set([
  'answer',
  'check',
  'checkedAt',
  'commit',
  'decided',
  'decision',
  'delaySeconds',
  'executionID',
  'gate',
  'hint',
  'isOperator',
  'isTold',
  'looks',
  'machine',
  'migrationID',
  'outcome',
  'recorded',
  'remaining',
  'reported',
  'reverted',
  'rollBack',
  'runHooks',
  'runID',
  'slot',
  'slots',
  'sourceServerCount',
  'standing',
  'start',
  'state',
  'status',
  'summary',
  'terminateTest',
  'verdicts',
  'waits',
  // Of the watcher: counts.
  'OpenRuns',
  'StalledRuns',
  'ServersWaiting',
  'ServersUnderWay',
  'ServersVerified',
  'ServersRollingBack',
  'ServersNeedingAPerson',
]);

const LineSchema = v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.unknown()));
/** Metrics are lines as well, in CloudWatch's own format. */
const MetricsSchema = v.looseObject({ _aws: v.object({}) });

/** What was written while `work` was at it. */
export async function captureOutput(work: () => Promise<unknown>): Promise<string> {
  const written: string[] = [];
  const take = (chunk: unknown) => {
    written.push(Buffer.isBuffer(chunk) || chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, 'write').mockImplementation(take));
  try {
    await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return written.join('');
}

/** Everything that should not be so in what was written, in words. */
export function faultsIn(output: string): string[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return [...new Set(lines.flatMap((line) => faultsOfLine(line)))];
}

function faultsOfLine(line: string): string[] {
  const start = line.slice(0, 200);
  const parsed = v.safeParse(LineSchema, line);
  if (!parsed.success) return [`is no line of JSON: ${start}`];
  const members = parsed.output;
  if (v.is(MetricsSchema, members)) return [];
  const answer = typeof members['answer'] === 'object' && members['answer'] !== null ? members['answer'] : {};
  return [
    ...(line.length > lineMax ? [`has ${String(line.length)} characters: ${start}`] : []),
    ...Object.keys(members).flatMap((key) => (lineKeys.has(key) ? [] : [`logs ${key}`])),
    ...Object.keys(answer).flatMap((key) => (answerKeys.has(key) ? [] : [`logs ${key} of an answer`])),
    ...(/\\n|\\r|\\u00[01]/.test(line) ? [`has more than one line in it: ${start}`] : []),
  ];
}
