/** A night on this machine's own engine, in virtual time. */
import type { HistoryEvent } from '../../local/history.ts';
import { inNight, startMs, type AroundStep, type Walk } from '../support/a-run.ts';
import {
  beginningOf,
  comparableExecutions,
  countsOf,
  leftBehind,
  withoutTokens,
  type ExecutionTaken,
  type NightRecord,
  type NightScript,
  type StepTaken,
} from './night-script.ts';

/** Spends the night to the end of its last execution. */
export function nightOnOurs(script: NightScript): Promise<NightRecord> {
  return inNight(script.scenario, async (night) => {
    const steps: StepTaken[] = [];
    const walks: Promise<Walk>[] = [];
    const acts = [...(script.atGates ?? [])];
    const around: AroundStep = async ({ handler, event }, invoke) => {
      steps.push({ handler, event: withoutTokens(event), atMs: night.time.now() - startMs });
      const answer = await invoke();
      const act = handler === 'OpenGate' ? acts.shift() : undefined;
      if (act !== undefined) {
        walks.push(night.time.sleep(60_000).then(() => night.walk({ ...act, around })));
      }
      return answer;
    };
    walks.push(night.walk({ ...beginningOf(script, night.account().waves), around }));
    const executions: ExecutionTaken[] = [];
    for (let walk = walks.shift(); walk !== undefined; walk = walks.shift()) executions.push(...takenIn(await walk));
    return {
      steps,
      executions: comparableExecutions(executions),
      ...(await leftBehind(night.ledger, night.simulator, night.time.now())),
    };
  });
}

function takenIn({ events }: Walk): ExecutionTaken[] {
  return [...new Set(events.map(({ executionArn }) => executionArn))].map((arn) =>
    executionOf(events.filter(({ executionArn }) => executionArn === arn)),
  );
}

function executionOf(events: readonly HistoryEvent[]): ExecutionTaken {
  const last = events.at(-1);
  if (last === undefined || !('status' in last)) throw new Error('the execution has no end');
  return {
    machine: last.machine,
    status: last.status,
    ...(last.output === undefined ? {} : { output: last.output }),
    error: last.error,
    cause: last.cause,
    states: events.flatMap((event) =>
      event.type.endsWith('StateEntered') && 'stateName' in event ? [event.stateName] : [],
    ),
    events: countsOf(events.map(({ type }) => type)),
  };
}
