/** The example of the README as the end-to-end tests run it, and its run without the stack to compare with. */
import expected from '../../examples/expected.json' with { type: 'json' };
import scenarioFile from '../../examples/scenario.json' with { type: 'json' };
import wave from '../../examples/wave.json' with { type: 'json' };
import type { Report } from '../../functions/domain/report.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import type { ExecutionResult } from '../../local/execution-result.ts';
import type { HistoryEvent } from '../../local/history.ts';
import { startLocally } from '../../local/local-runner.ts';
import { createSimulatedWorld, warmUpSdk } from '../../local/simulated-world.ts';
import { realTime, withVirtualTime } from '../../local/virtual-time.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { readReport } from '../support/deployed-night.ts';

/** Its world. */
export const exampleScenario = parseScenario(scenarioFile);

/** Its input, as the file has it. */
export const exampleInput: unknown = wave;

/** The verdict that each host name has to get. */
export const exampleVerdicts: Readonly<Record<string, string>> = expected.verdicts;

/** What a run came to without the stack. */
export interface LocalRun {
  readonly result: ExecutionResult;
  readonly report: Report;
  /** Names of the steps that were run, in order. */
  readonly steps: readonly string[];
}

/** Cuts the example wave over with the command line's own runner: the simulator in this process, a ledger in memory. */
export async function runExampleLocally(name: string): Promise<LocalRun> {
  const startMs = Date.parse(exampleScenario.startTime ?? '');
  const warmUp = () => warmUpSdk(exampleScenario, realTime);
  return withVirtualTime({ startMs, seed: 1, warmUp }, async (time) => {
    const { services } = createSimulatedWorld(exampleScenario, 1, time);
    const store = createMemoryStore();
    const steps: string[] = [];
    const runner = {
      services,
      store,
      time,
      onEvent: (event: HistoryEvent) => {
        if (event.type === 'LambdaFunctionScheduled' && event.handler !== undefined) steps.push(event.handler);
      },
    };
    const { result } = startLocally(runner, { machine: 'wave-cutover', name, input: exampleInput });
    return { result: await result, report: await readReport(createLedger(store), name), steps };
  });
}
