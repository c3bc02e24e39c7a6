/** Executions of a deployed stack's state machines: Step Functions' API in this project's words. */
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNServiceException,
  StartExecutionCommand,
  StopExecutionCommand,
  type DescribeExecutionCommandOutput,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { OutcomeUnknownError, RequestRefusedError, TransientServiceError } from '../../functions/domain/errors.ts';
import { translateError, type CallKind } from '../../functions/mgn/translate-error.ts';
import type { ExecutionStatus } from '../../local/execution-result.ts';
import type { StartableMachine } from '../../local/state-machines.ts';

/** A state machine of the stack; `cutover-shift` is only ever started by `wave-cutover`. */
export type StackMachine = StartableMachine | 'cutover-shift';
/** All of them. */
export const stackMachines: readonly StackMachine[] = [
  'migration-run',
  'wave-cutover',
  'cutover-shift',
  'rollback',
  'commit',
];

/** An execution, as ListExecutions shows it. Times are epoch milliseconds. */
export interface ExecutionSummary {
  readonly machine: StackMachine;
  readonly name: string;
  readonly arn: string;
  readonly status: ExecutionStatus;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
}

/** An execution, as DescribeExecution shows it. */
export interface ExecutionDescription extends ExecutionSummary {
  /** The JSON it was started with; absent where the caller may not decrypt it. */
  readonly input?: string | undefined;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** Why RedriveExecution would be refused, in Step Functions' words; absent where it would not. */
  readonly whyNotRedrivable?: string | undefined;
}

/** What StartExecution came to: it was started, or adopted if it ran already with the same input, or the name is taken. */
export type Start = { readonly startedAt: number } | 'NAME_TAKEN';

/**
 * The executions. Every operation throws TransientServiceError or ThrottledError when it may be tried again,
 * AccessDeniedError when the caller may not, RequestRefusedError when Step Functions refuses it, and OutcomeUnknownError
 * when nobody knows what a start, a stop or a redrive came to.
 */
export interface Executions {
  arnOf(machine: StackMachine, name: string): string;
  /** Undefined when there is none; for some moments after a start too, because the answer is eventually consistent. */
  describe(machine: StackMachine, name: string): Promise<ExecutionDescription | undefined>;
  /** Starts it by the alias `live`. */
  start(machine: StartableMachine, name: string, input: string): Promise<Start>;
  /** Stops it without error and cause, which is allowed without any right to the stack's key. */
  stop(machine: StackMachine, name: string): Promise<void>;
  /** Starts it again at the step that did not end; gives the time of that. */
  redrive(machine: StackMachine, name: string): Promise<number>;
  /** The newest executions first, at most `max` (1 to 1,000). */
  list(machine: StackMachine, max: number, status?: ExecutionStatus): Promise<ExecutionSummary[]>;
}

/** The executions that are started by these aliases. */
export function createExecutions(client: SFNClient, aliasArns: Readonly<Record<StartableMachine, string>>): Executions {
  const machineArn = (machine: StackMachine) => machineArnOf(aliasArns, machine);
  const arnOf = (machine: StackMachine, name: string) =>
    `${machineArn(machine).replace(':stateMachine:', ':execution:')}:${name}`;
  return {
    arnOf,

    async describe(machine, name) {
      const executionArn = arnOf(machine, name);
      try {
        return toDescription(machine, await call('DescribeExecution', 'read', () => describe(client, executionArn)));
      } catch (error) {
        if (isCausedBy(error, 'ExecutionDoesNotExist')) return undefined;
        throw error;
      }
    },

    async start(machine, name, input) {
      const command = new StartExecutionCommand({ stateMachineArn: aliasArns[machine], name, input });
      try {
        const { startDate } = await call('StartExecution', 'write', () => client.send(command));
        return { startedAt: startDate?.getTime() ?? 0 };
      } catch (error) {
        if (isCausedBy(error, 'ExecutionAlreadyExists')) return 'NAME_TAKEN';
        throw error;
      }
    },

    async stop(machine, name) {
      const command = new StopExecutionCommand({ executionArn: arnOf(machine, name) });
      await call('StopExecution', 'write', () => client.send(command));
    },

    async redrive(machine, name) {
      const command = new RedriveExecutionCommand({ executionArn: arnOf(machine, name) });
      const { redriveDate } = await call('RedriveExecution', 'write', () => client.send(command));
      return redriveDate?.getTime() ?? 0;
    },

    async list(machine, max, status) {
      const command = new ListExecutionsCommand({
        stateMachineArn: machineArn(machine),
        maxResults: max,
        ...(status === undefined ? {} : { statusFilter: status }),
      });
      const { executions = [] } = await call('ListExecutions', 'read', () => client.send(command));
      return executions.map((item) => toSummary(machine, item));
    },
  };
}

/** The alias without its name, and for the one machine that has no alias the name of its neighbour replaced. */
function machineArnOf(aliasArns: Readonly<Record<StartableMachine, string>>, machine: StackMachine): string {
  const aliasArn = aliasArns[machine === 'cutover-shift' ? 'wave-cutover' : machine];
  const machineArn = aliasArn.slice(0, aliasArn.lastIndexOf(':'));
  return machine === 'cutover-shift' ? machineArn.replace(/wave-cutover$/, machine) : machineArn;
}

/** Without the right to the stack's key there is still a status to be had, if the payload is not asked for. */
async function describe(client: SFNClient, executionArn: string): Promise<DescribeExecutionCommandOutput> {
  try {
    return await client.send(new DescribeExecutionCommand({ executionArn }));
  } catch (error) {
    if (!(error instanceof Error && error.name === 'KmsAccessDeniedException')) throw error;
    const withoutPayload = { executionArn, includedData: 'METADATA_ONLY' };
    return client.send(new DescribeExecutionCommand(withoutPayload));
  }
}

async function call<Answer>(operation: string, kind: CallKind, send: () => Promise<Answer>): Promise<Answer> {
  try {
    return await send();
  } catch (error) {
    const translated = translateError(error, operation, kind);
    throw isRefusal(error, translated) ? new RequestRefusedError(translated.message, { cause: error }) : translated;
  }
}

/** A fault of the client that is none of rate or rights, such as StateMachineDoesNotExist: it certainly had no effect. */
function isRefusal(error: unknown, translated: Error): boolean {
  const isOpen = translated instanceof OutcomeUnknownError || translated instanceof TransientServiceError;
  if (!isOpen || !(error instanceof SFNServiceException)) return false;
  const { httpStatusCode = 500 } = error.$metadata;
  return httpStatusCode >= 400 && httpStatusCode < 500 && !/Throttl/.test(error.name);
}

/** Whether a translated error is this exception of Step Functions. */
export function isCausedBy(error: unknown, exceptionName: string): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === exceptionName;
}

const statuses: readonly ExecutionStatus[] = ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'];

/** PENDING_REDRIVE, the one status that is left out, is one of an execution that is about to run again. */
function toStatus(status: string | undefined): ExecutionStatus {
  return statuses.find((known) => known === status) ?? 'RUNNING';
}

/** What both answers have; the SDK's two types differ in which members may be absent. */
interface AnsweredExecution {
  readonly name?: string | undefined;
  readonly executionArn?: string | undefined;
  readonly status?: string | undefined;
  readonly startDate?: Date | undefined;
  readonly stopDate?: Date | undefined;
}

function toSummary(machine: StackMachine, item: AnsweredExecution): ExecutionSummary {
  return {
    machine,
    name: item.name ?? '',
    arn: item.executionArn ?? '',
    status: toStatus(item.status),
    startedAt: item.startDate?.getTime() ?? 0,
    endedAt: item.stopDate?.getTime(),
  };
}

function toDescription(machine: StackMachine, output: DescribeExecutionCommandOutput): ExecutionDescription {
  const { input, error, cause, redriveStatus, redriveStatusReason } = output;
  return {
    ...toSummary(machine, output),
    input,
    error,
    cause,
    whyNotRedrivable: redriveStatus === 'NOT_REDRIVABLE' ? (redriveStatusReason ?? redriveStatus) : undefined,
  };
}
