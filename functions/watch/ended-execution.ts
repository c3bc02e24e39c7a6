/**
 * How an execution ended, as EventBridge tells it ("Step Functions Execution Status Change"). Told at least once, and
 * sometimes late: the execution may have been redriven under the same ARN meanwhile.
 */
import * as v from 'valibot';

/** The machines whose ends concern people; the executions nested in a wave's are its own business. */
export const reportedMachines = ['wave-cutover', 'rollback', 'commit'] as const;
/** A machine whose ends concern people. */
export type ReportedMachine = (typeof reportedMachines)[number];

const endedStatuses = ['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] as const;
/** How an execution can end. */
export type EndedStatus = (typeof endedStatuses)[number];

/** Epoch milliseconds that a calendar can show. */
const InstantSchema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8_640_000_000_000_000));

/**
 * Schema of the event. `input` is JSON text, and null where it is too long to be included; `error` and `cause` are null
 * for an execution that succeeded. Dates are epoch milliseconds.
 */
export const ExecutionStatusEventSchema = v.object({
  'detail-type': v.literal('Step Functions Execution Status Change'),
  detail: v.object({
    executionArn: v.pipe(v.string(), v.startsWith('arn:'), v.maxLength(2_048)),
    name: v.pipe(v.string(), v.maxLength(80)),
    status: v.string(),
    startDate: InstantSchema,
    stopDate: v.nullish(InstantSchema),
    input: v.nullish(v.string()),
    error: v.nullish(v.string()),
    cause: v.nullish(v.string()),
  }),
});
/** The event. */
export type ExecutionStatusEvent = v.InferOutput<typeof ExecutionStatusEventSchema>;

/** An execution that ended. */
export interface EndedExecution<Machine = ReportedMachine> {
  /** Its ARN. */
  readonly executionID: string;
  readonly machine: Machine;
  readonly name: string;
  readonly status: EndedStatus;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Epoch milliseconds. */
  readonly endedAt: number;
  /** Undefined where the event does not include it or it is no JSON. */
  readonly input: unknown;
  readonly error: string | undefined;
  /** In the words of what failed, at most 500 characters. */
  readonly cause: string | undefined;
  readonly partition: string;
  readonly region: string;
}

/** The execution that ended; undefined when it has not ended or is of no machine of the stack whose ends are reported. */
export function toEndedExecution(event: ExecutionStatusEvent, stackName: string): EndedExecution | undefined {
  return toEnded(event, stackName, reportedMachines);
}

/** The execution of a migration that ended; undefined when it has not ended or is of another machine. */
export function toEndedMigration(
  event: ExecutionStatusEvent,
  stackName: string,
): EndedExecution<'migration-run'> | undefined {
  return toEnded(event, stackName, ['migration-run']);
}

function toEnded<Machine extends string>(
  { detail }: ExecutionStatusEvent,
  stackName: string,
  machines: readonly Machine[],
): EndedExecution<Machine> | undefined {
  const [, partition = '', , region = '', , , machineName] = detail.executionArn.split(':');
  const machine = machines.find((candidate) => machineName === `${stackName}-${candidate}`);
  const status = endedStatuses.find((candidate) => detail.status === candidate);
  if (machine === undefined || status === undefined) return undefined;
  return {
    executionID: detail.executionArn,
    machine,
    name: detail.name,
    status,
    startedAt: detail.startDate,
    endedAt: detail.stopDate ?? detail.startDate,
    input: parsedOrUndefined(detail.input),
    error: detail.error ?? undefined,
    cause: typeof detail.cause === 'string' ? causeWords(detail.cause) : undefined,
    partition,
    region,
  };
}

const JsonTextSchema = v.pipe(v.string(), v.parseJson());
const LambdaCauseSchema = v.pipe(JsonTextSchema, v.object({ errorMessage: v.string() }));
const causeLengthMax = 500;

function parsedOrUndefined(text: string | null | undefined): unknown {
  const parsed = v.safeParse(JsonTextSchema, text);
  return parsed.success ? parsed.output : undefined;
}

/** Lambda's causes are JSON with a stack trace, of which only the message is for people. */
function causeWords(cause: string): string {
  const lambdaCause = v.safeParse(LambdaCauseSchema, cause);
  return shortened(lambdaCause.success ? lambdaCause.output.errorMessage : cause);
}

/** The text, cut where it is longer than a notice may quote. */
export function shortened(text: string): string {
  return text.length <= causeLengthMax ? text : `${text.slice(0, causeLengthMax - 1)}…`;
}
