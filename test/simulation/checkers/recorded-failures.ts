/** A step that was given up stays on record: what the machines hand to `RecordFailure` is in the ledger afterwards. */
import * as v from 'valibot';
import type { Walk } from '../../support/a-run.ts';
import type { Checker, Scene } from '../scene.ts';

const EventSchema = v.object({ runID: v.string(), error: v.object({ Error: v.string() }) });

/** Watches that failures are recorded. */
export function recordedFailures(): Checker {
  return {
    name: 'recorded-failures',
    afterExecution: ({ walk }, scene) => unrecorded(walk, scene),
  };
}

async function unrecorded(walk: Walk, scene: Scene): Promise<string[]> {
  const found: string[] = [];
  for (const { machine, stateName, event } of answeredRecords(walk)) {
    const { runID, error } = v.parse(EventSchema, event);
    const { failures } = await scene.left(runID);
    if (!failures.some((failure) => failure.error === error.Error))
      found.push(`run ${runID} keeps no record of ${error.Error}, which ${machine}/${stateName} was told of`);
  }
  return found;
}

/** The invocations of `RecordFailure` that have answered; each is scheduled once, in the order in which they begin. */
function answeredRecords({ steps, events }: Walk): Walk['steps'] {
  const records = steps.filter(({ handler }) => handler === 'RecordFailure').values();
  const latest = new Map<string, Walk['steps'][number] | undefined>();
  return events.flatMap((event) => {
    if (!('stateName' in event)) return [];
    const scope = `${event.executionArn} ${event.iterations.join(' ')}`;
    if (event.type === 'LambdaFunctionScheduled') {
      latest.set(scope, event.handler === 'RecordFailure' ? records.next().value : undefined);
    }
    return event.type === 'LambdaFunctionSucceeded' ? (latest.get(scope) ?? []) : [];
  });
}
