/** A case on this machine's own engine, in virtual time. */
import { startExecution, type RunningExecution } from '../local/execution.ts';
import { compileMachines } from '../local/machines.ts';
import { withVirtualTime } from '../local/virtual-time.ts';
import { act, isActEvent, type Surroundings } from './act.ts';
import { observe, type ConformanceCase, type Observation } from './conformance-case.ts';

const startMs = Date.UTC(2026, 0, 1);

/** Runs the case to its end. */
export async function onOurEngine({ machine, child, input }: ConformanceCase): Promise<Observation> {
  const machines = compileMachines({ main: machine, ...(child && { child }) }, { validate: false });
  const eventTypes: string[] = [];
  const result = await withVirtualTime({ startMs, seed: 1 }, async (time) => {
    const surroundings: Surroundings = {
      tell: (...told) => tell(running, ...told),
      sleep: (seconds) => time.sleep(seconds * 1000),
      counts: new Map(),
    };
    const running: RunningExecution = startExecution({
      machines,
      machine: 'main',
      name: 'case',
      input: input ?? {},
      time,
      handlers: { Act: (event) => act(isActEvent(event) ? event : {}, surroundings) },
      onEvent: (event) => {
        if (event.machine === 'main') eventTypes.push(event.type);
      },
    });
    return running.result;
  });
  return observe({ ...result, eventTypes });
}

function tell(
  running: RunningExecution,
  token: string,
  { output = {}, error }: { readonly output?: unknown; readonly error?: string },
): Promise<void> {
  if (error === undefined) running.sendTaskSuccess(token, output);
  else running.sendTaskFailure(token, error, 'told so');
  return Promise.resolve();
}
