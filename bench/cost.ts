/**
 * What a wave costs on AWS: counted are state transitions, function calls and the ledger's reads and writes of simulated
 * waves of several sizes; multiplied by the list prices of us-east-1. The table of `docs/operations/cost.md` is this
 * program's output. Run: `npx node bench/cost.ts`.
 */
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { cutOverWave } from './a-wave.ts';

/** USD, us-east-1, on demand, without free tiers. */
const prices = {
  stateTransition: 25 / 1e6,
  lambdaRequest: 0.2 / 1e6,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  ledgerReadUnit: 0.125 / 1e6,
  ledgerWriteUnit: 0.625 / 1e6,
  xrayTrace: 5 / 1e6,
  logGb: 0.5,
};

const memoryGb = 0.5;
/** Generous for a step of a large batch, which is a few reads of MGN. */
const secondsPerCall = 2;
/** Measured in one step's JSON lines and one state's log entries, rounded up. */
const logBytesPerCall = 2_000;
const logBytesPerTransition = 1_500;

interface Units {
  reads: number;
  writes: number;
}

/** A strongly consistent read is one unit for each 4 KB, a write in a transaction two for each KB of each item. */
function meterStore(store: LedgerStore, units: Units): LedgerStore {
  const bytesOf = (value: unknown) => JSON.stringify(value ?? '').length + 100;
  return {
    async read(partition, sort) {
      const item = await store.read(partition, sort);
      units.reads += Math.max(1, Math.ceil(bytesOf(item) / 4_096));
      return item;
    },
    async readAll(partition) {
      const items = await store.readAll(partition);
      units.reads += Math.max(1, Math.ceil(items.reduce((sum, item) => sum + bytesOf(item), 0) / 4_096));
      return items;
    },
    write(changes) {
      units.writes += changes.reduce((sum, { value }) => sum + 2 * Math.ceil(bytesOf(value) / 1_024), 0);
      return store.write(changes);
    },
  };
}

const columns = [8, 5, 13, 10, 12, 13, 8, 8, 8, 8, 9];
const line = (cells: readonly string[]) =>
  `| ${cells.map((cell, at) => cell.padStart(columns[at] ?? 0)).join(' | ')} |\n`;
const usd = (amount: number) => amount.toFixed(3);

process.stdout.write(
  line([
    'servers',
    'batch',
    'transitions',
    'calls',
    'ledger reads',
    'ledger writes',
    'states',
    'lambda',
    'ledger',
    'logs',
    'USD all',
  ]),
);
process.stdout.write(line(columns.map((width) => '-'.repeat(width - 1) + ':')));
const waves: readonly { readonly servers: number; readonly batchServersMax: number }[] = [
  ...[10, 50, 200, 500, 1_000].map((servers) => ({ servers, batchServersMax: 200 })),
  ...[50, 10, 1].map((batchServersMax) => ({ servers: 200, batchServersMax })),
];
for (const { servers, batchServersMax } of waves) {
  const units: Units = { reads: 0, writes: 0 };
  const { meter } = await cutOverWave(servers, meterStore(createMemoryStore(), units), { batchServersMax });
  const { transitions, taskCalls } = meter.total;
  const states = transitions * prices.stateTransition;
  const lambda = taskCalls * (prices.lambdaRequest + secondsPerCall * memoryGb * prices.lambdaGbSecond);
  const ledger = units.reads * prices.ledgerReadUnit + units.writes * prices.ledgerWriteUnit;
  const logBytes = taskCalls * logBytesPerCall + transitions * logBytesPerTransition;
  const logs = (logBytes / 1e9) * prices.logGb + (taskCalls + meter.executions.length) * prices.xrayTrace;
  const counts = [servers, batchServersMax, transitions, taskCalls, units.reads, units.writes].map((count) =>
    count.toLocaleString('en'),
  );
  process.stdout.write(line([...counts, ...[states, lambda, ledger, logs, states + lambda + ledger + logs].map(usd)]));
}
