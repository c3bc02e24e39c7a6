/**
 * The event history of an execution, in Step Functions' own event types: one event here is one event in the history
 * that counts towards the limit of 25,000 (engine.md section 2). Both the live view and the meter listen to it.
 */
import type { StateType } from './asl.ts';
import type { ExecutionStatus } from './execution-result.ts';

type EnteredType = `${StateType}StateEntered`;
type ExitedType = `${Exclude<StateType, 'Fail'>}StateExited`;
type AbortedType = `${'Task' | 'Wait' | 'Map' | 'Parallel'}StateAborted`;
type Work = 'LambdaFunction' | 'Task';

/** A step of one task attempt. `TaskSubmitted` follows `TaskStarted` for nested executions and callbacks. */
export type AttemptEventType =
  `${Work}Scheduled` | `${Work}Started` | `${Work}Succeeded` | `${Work}Failed` | `${Work}TimedOut` | 'TaskSubmitted';

/** A step of a Map or Parallel state's own work. */
export type ContainerEventType = `${'Map' | 'Parallel'}State${'Started' | 'Succeeded' | 'Failed'}`;

/** A step of one Map iteration. */
export type IterationEventType = `MapIteration${'Started' | 'Succeeded' | 'Failed' | 'Aborted'}`;

interface EventBase {
  /** The execution whose history holds the event; a nested execution has its own. */
  readonly executionArn: string;
  /** The state machine of that execution. */
  readonly machine: string;
  /** Position in that history, from 1. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

interface InState {
  readonly stateName: string;
  /** Indices of the Map iterations the state is in, outermost first; empty outside Maps. */
  readonly iterations: readonly number[];
}

interface Failed {
  readonly error: string;
  readonly cause: string;
}

/** What an event says, without what every event carries. */
export type EventDetail =
  | { readonly type: 'ExecutionStarted'; readonly name: string; readonly input: unknown; readonly payloadBytes: number }
  | {
      readonly type: 'ExecutionSucceeded' | 'ExecutionFailed' | 'ExecutionTimedOut' | 'ExecutionAborted';
      readonly status: Exclude<ExecutionStatus, 'RUNNING'>;
      readonly output?: unknown;
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
    }
  | (InState & { readonly type: EnteredType; readonly input: unknown; readonly payloadBytes: number })
  | (InState & { readonly type: ExitedType; readonly output: unknown; readonly payloadBytes: number })
  | (InState & { readonly type: AbortedType })
  | (InState & {
      readonly type: AttemptEventType;
      /** 1 for the first attempt of the state, 2 for the first retry. */
      readonly attempt: number;
      /** Key of the function that the attempt calls; on the `…Scheduled` event, absent for nested executions. */
      readonly handler?: string;
      readonly payloadBytes?: number;
    } & Partial<Failed>)
  | (InState & { readonly type: ContainerEventType; readonly attempt: number } & Partial<Failed>)
  | (InState & { readonly type: IterationEventType; readonly index: number });

/** One event of an execution's history. */
export type HistoryEvent = EventBase & EventDetail;
