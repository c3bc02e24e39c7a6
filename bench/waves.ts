/**
 * What large waves take: 200 and 1,000 source servers through the real state machines, steps and SDK against the
 * simulator, in virtual time. Each size runs in a process of its own, so that its peak memory is its own.
 * Run: `npx node bench/waves.ts`, or `npx node bench/waves.ts 500` for one other size.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { parseRunName } from '../cli/run-name.ts';
import { summarize } from '../functions/domain/wave-outcome.ts';
import { countCalls } from '../local/call-counter.ts';
import { startLocally } from '../local/local-runner.ts';
import { HistoryMeter } from '../local/meter.ts';
import { createSimulatedWorld, warmUpSdk } from '../local/simulated-world.ts';
import { realTime, withVirtualTime } from '../local/virtual-time.ts';
import { generateScenario } from '../simulator/scenario/generate-scenario.ts';
import { parseScenario } from '../simulator/scenario/parse-scenario.ts';

/** The flag that the program's first line gives to Node. */
const asTheProgram = '--max-semi-space-size=8';
const seed = 1;
const startMs = Date.parse('2026-01-10T22:00:00Z');
/** One wave takes them all; the service's own default quota is what makes 1,000 servers five jobs. */
const waveID = 'wave-00000000000000001';
const runID = parseRunName('name', 'bench');

function fleet(servers: number) {
  const generated = generateScenario({ servers, seed, badOutcomes: 0.05, applicationsPerWave: 1_000 });
  const waves = (generated.waves ?? []).map((wave) => ({ ...wave, waveID }));
  return parseScenario({ ...generated, waves });
}

async function measure(servers: number): Promise<void> {
  const scenario = fleet(servers);
  const meter = new HistoryMeter();
  const store = createMemoryStore();
  const wallStart = performance.now();
  const warmUp = () => warmUpSdk(scenario, realTime);
  const { calls, minutes } = await withVirtualTime({ startMs, seed, warmUp }, async (time) => {
    const { clients } = createSimulatedWorld(scenario, seed, time);
    const counts = countCalls(clients);
    const onEvent = meter.record;
    const start = { machine: 'wave-cutover', name: runID, input: { waveID } } as const;
    await startLocally({ clients, store, time, onEvent, newNonce: () => 'bench' }, start).result;
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
    return { calls: total, minutes: (time.now() - startMs) / 60_000 };
  });
  const seconds = (performance.now() - wallStart) / 1_000;
  const { total, executions } = meter.report();
  const largest = Math.max(...executions.map(({ historyEvents }) => historyEvents));
  const figures: readonly (readonly [string, string])[] = [
    ['came to', summarize(await createLedger(store).readServers(runID))],
    ['simulated minutes', minutes.toFixed(0)],
    ['wall seconds', seconds.toFixed(2)],
    ['peak RSS, MB', (process.resourceUsage().maxRSS / 1_024).toFixed(0)],
    ['state transitions', total.transitions.toLocaleString('en')],
    ['events of the largest execution', largest.toLocaleString('en')],
    ['largest payload, bytes', total.largestPayloadBytes.toLocaleString('en')],
    ['calls to MGN', calls.toLocaleString('en')],
  ];
  process.stdout.write(`\n${servers.toLocaleString('en')} source servers\n`);
  for (const [what, figure] of figures) process.stdout.write(`  ${what.padEnd(34)}${figure}\n`);
}

const sizes = process.argv.slice(2).map(Number);
const [size] = sizes;
if (sizes.length === 1 && size !== undefined) await measure(size);
else {
  for (const servers of sizes.length === 0 ? [200, 1_000] : sizes) {
    spawnSync(process.execPath, [asTheProgram, fileURLToPath(import.meta.url), String(servers)], { stdio: 'inherit' });
  }
}
