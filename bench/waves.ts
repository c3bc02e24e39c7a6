/**
 * What large waves take: 200 and 1,000 source servers through the real state machines, steps and SDK against the
 * simulator, in virtual time. Each size runs in a process of its own, so that its peak memory is its own.
 * Run: `npx node bench/waves.ts`, or `npx node bench/waves.ts 500` for one other size.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { cutOverWave } from './a-wave.ts';

/** The flag that the program's first line gives to Node. */
const asTheProgram = '--max-semi-space-size=8';

async function measure(servers: number): Promise<void> {
  const wallStart = performance.now();
  const { summary, simulatedMinutes, mgnCalls, meter } = await cutOverWave(servers, createMemoryStore());
  const seconds = (performance.now() - wallStart) / 1_000;
  const { total, executions } = meter;
  const largest = Math.max(...executions.map(({ historyEvents }) => historyEvents));
  const figures: readonly (readonly [string, string])[] = [
    ['came to', summary],
    ['simulated minutes', simulatedMinutes.toFixed(0)],
    ['wall seconds', seconds.toFixed(2)],
    ['peak RSS, MB', (process.resourceUsage().maxRSS / 1_024).toFixed(0)],
    ['state transitions', total.transitions.toLocaleString('en')],
    ['events of the largest execution', largest.toLocaleString('en')],
    ['largest payload, bytes', total.largestPayloadBytes.toLocaleString('en')],
    ['calls to MGN', mgnCalls.toLocaleString('en')],
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
