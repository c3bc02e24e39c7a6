/** Steps called one by one over a simulated night, without a state machine between them. */
import { createHandlers } from '../../../functions/handlers/index.ts';
import { LambdaContext } from '../../../local/lambda-context.ts';
import type { Night } from '../../support/a-run.ts';

/** The execution that holds the runs of these tests. */
export const executionID = 'execution-1';

/** A step by name with its event's members beside `runID` and `executionID`. */
export type Call = (handler: string, event?: Record<string, unknown>) => Promise<unknown>;

/** Calls steps of run `night-1` as the execution that holds it. */
export function callerOf(night: Night): Call {
  const handlers = createHandlers(night.deps);
  return async (handler, event = {}) => {
    const perform = handlers[handler];
    if (perform === undefined) throw new Error(`no step ${handler}`);
    const context = new LambdaContext({
      functionName: handler,
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${handler}`,
      key: handler,
      deadlineMs: night.time.now() + 60_000,
    });
    return perform({ runID: 'night-1', executionID, ...event }, context);
  };
}

/** Begins a run of the night's first wave up to the step named, that one included. */
export async function begin(call: Call, night: Night, upTo: string, options: object = {}): Promise<void> {
  const input = { waveID: night.account().waves[0]?.waveID, options };
  const steps: readonly [string, Record<string, unknown>][] = [
    ['ResolveWave', { input }],
    ['AssessReadiness', {}],
    ['TerminateTestInstances', batch],
    ['StartCutover', batch],
  ];
  for (const [handler, event] of steps) {
    await call(handler, event);
    if (handler === upTo) return;
  }
}

/** A look of a shift that has just begun. */
export const look = (call: Call, night: Night): Promise<unknown> =>
  call('PollJobs', { shiftStartedAt: new Date(night.time.now()).toISOString() });

/** The event members of the first batch. */
export const batch = { batchID: 'batch-001' };
