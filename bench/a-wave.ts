/** One wave of a generated fleet, cut over in virtual time; what the benchmarks measure. */
import { parseRunName } from '../cli/run-name.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { summarize } from '../functions/domain/wave-outcome.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { countCalls } from '../local/call-counter.ts';
import { startLocally } from '../local/local-runner.ts';
import { HistoryMeter, type MeterReport } from '../local/meter.ts';
import { createSimulatedWorld, warmUpSdk } from '../local/simulated-world.ts';
import { realTime, withVirtualTime } from '../local/virtual-time.ts';
import { generateScenario } from '../simulator/scenario/generate-scenario.ts';
import { parseScenario } from '../simulator/scenario/parse-scenario.ts';

const seed = 1;
const startMs = Date.parse('2026-01-10T22:00:00Z');
/** One wave takes them all; the service's own default quota is what makes 1,000 servers five jobs. */
const waveID = 'wave-00000000000000001';
const runID = parseRunName('name', 'bench');

/** What a wave took. */
export interface WaveFigures {
  readonly summary: string;
  readonly simulatedMinutes: number;
  readonly mgnCalls: number;
  readonly meter: MeterReport;
}

/**
 * Cuts over a wave of this many source servers, one in twenty of which goes wrong, with its ledger in `store`; `options`
 * are the run's.
 */
export async function cutOverWave(servers: number, store: LedgerStore, options: object = {}): Promise<WaveFigures> {
  const scenario = fleet(servers);
  const meter = new HistoryMeter();
  const warmUp = () => warmUpSdk(scenario, realTime);
  const { mgnCalls, simulatedMinutes } = await withVirtualTime({ startMs, seed, warmUp }, async (time) => {
    const { services } = createSimulatedWorld(scenario, seed, time);
    const calls = countCalls(services);
    const onEvent = meter.record;
    const start = { machine: 'wave-cutover', name: runID, input: { waveID, options } } as const;
    await startLocally({ services, store, time, onEvent, newNonce: () => 'bench' }, start).result;
    const total = [...calls.values()].reduce((sum, count) => sum + count, 0);
    return { mgnCalls: total, simulatedMinutes: (time.now() - startMs) / 60_000 };
  });
  const summary = summarize(await createLedger(store).readServers(runID));
  return { summary, simulatedMinutes, mgnCalls, meter: meter.report() };
}

function fleet(servers: number) {
  const generated = generateScenario({ servers, seed, badOutcomes: 0.05, applicationsPerWave: 1_000 });
  const waves = (generated.waves ?? []).map((wave) => ({ ...wave, waveID }));
  return parseScenario({ ...generated, waves });
}
