/** Small troubles stay small: no step is given up for what Lambda, the ledger or MGN will do right at the next try. */
import type { HistoryEvent } from '../../../local/history.ts';
import type { Checker } from '../scene.ts';

/** Attempts that a step has to be given before it is given up. */
const attemptsMin = 4;

/** What passes by itself. */
const isPassing = (error: string) =>
  /^(Lambda|Sandbox|Runtime)\./.test(error) || error === 'TransientServiceError' || error === 'LedgerConflictError';

/** Watches that steps are tried again. */
export function patience(): Checker {
  return {
    name: 'patience',
    afterExecution: ({ name, walk }) => givenUpEarly(walk.events).map((what) => `${name}: ${what}`),
  };
}

interface Failure {
  readonly place: string;
  readonly error: string;
  readonly attempt: number;
}

/** The steps after whose early failure the execution went on to another state, or failed. */
function givenUpEarly(events: readonly HistoryEvent[]): string[] {
  const latest = new Map<string, Failure>();
  return events.flatMap((event) => {
    const scope = `${event.executionArn} ${'iterations' in event ? event.iterations.join(' ') : ''}`;
    const failure = latest.get(scope);
    if (event.type === 'LambdaFunctionFailed' && event.error !== undefined) {
      const { machine, stateName, error, attempt } = event;
      latest.set(scope, { place: `${machine}/${stateName}`, error, attempt });
    } else if (event.type === 'LambdaFunctionScheduled' || event.type === 'ExecutionAborted') {
      latest.delete(scope);
    } else if (failure !== undefined && (event.type.endsWith('StateEntered') || event.type === 'ExecutionFailed')) {
      latest.delete(scope);
      if (isPassing(failure.error) && failure.attempt < attemptsMin)
        return [`${failure.place} is given up after ${String(failure.attempt)} attempts for ${failure.error}`];
    }
    return [];
  });
}
