/** How an execution ends, as Step Functions reports it. */
import type { Json } from './json.ts';

/** An execution's status, in DescribeExecution's words. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** The outcome proper: an output for SUCCEEDED, an error and its cause otherwise (optional unless FAILED). */
export type ExecutionOutcome =
  | { readonly status: 'SUCCEEDED'; readonly output: Json }
  | { readonly status: 'FAILED'; readonly error: string; readonly cause: string }
  | {
      readonly status: 'TIMED_OUT' | 'ABORTED';
      readonly error?: string | undefined;
      readonly cause?: string | undefined;
    };

/** An ended execution. */
export type ExecutionResult = ExecutionOutcome & {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly input: Json;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** Milliseconds since the epoch. */
  readonly endedAtMs: number;
};
