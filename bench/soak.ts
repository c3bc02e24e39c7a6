/**
 * Eight virtual weeks of waves in one process: nights of every kind against one simulated MGN and one ledger, which live all
 * the time and grow by what they are there to keep. Heap and RSS are taken after a forced collection at the end of every week.
 * Ends with exit code 1 when the heap grows by more than the records explain, or when more than a little is left of the weeks
 * once their world and their ledger are let go. Run: `npx node bench/soak.ts`, or `npx node bench/soak.ts 2` for fewer weeks.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as v from 'valibot';
import { RunIDSchema } from '../functions/domain/identifiers.ts';
import type { LedgerStore } from '../functions/domain/ports.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { realTime, withVirtualTime } from '../local/virtual-time.ts';
import { warmUpSdk } from '../local/simulated-world.ts';
import { daysOfWeek, openSoakWorld, soakScenario, spendWeek, type SoakWorld } from './soak-weeks.ts';

const weeks = Number(process.argv[2] ?? '8');
const startMs = Date.parse('2026-01-05T00:00:00Z');
const seed = 1;

/** Most bytes of heap for a byte of records as JSON: objects of the simulator, and text that the ledger keeps in pages. */
const heapPerRecordByteMax = 4;
/** Most bytes that may be left of all weeks once their world is gone: caches of the engine and the compiler's own. */
const leftBytesMax = 3_000_000;

setFlagsFromString('--expose-gc');
const collect = v.parse(v.function(), runInNewContext('gc'));

/** The heap's live bytes: what is left after collections between which everything pending has run. */
async function liveBytes(): Promise<number> {
  for (let round = 0; round < 4; round += 1) {
    collect();
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  return process.memoryUsage().heapUsed;
}

interface Week {
  readonly runs: number;
  readonly heapBytes: number;
  readonly rssBytes: number;
  readonly recordBytes: number;
}

/** A store that knows how many bytes it holds. */
function weighed(store: LedgerStore): { store: LedgerStore; bytes: () => number } {
  const sizes = new Map<string, number>();
  const write: LedgerStore['write'] = async (changes) => {
    const isWritten = await store.write(changes);
    for (const { partition, sort, value } of isWritten ? changes : []) {
      const key = `${partition} ${sort}`;
      if (value === undefined) sizes.delete(key);
      else sizes.set(key, key.length + JSON.stringify(value).length);
    }
    return isWritten;
  };
  return { store: { ...store, write }, bytes: () => [...sizes.values()].reduce((sum, size) => sum + size, 0) };
}

/** How many runs came to what. */
async function outcomesIn(store: LedgerStore): Promise<string> {
  const ledger = createLedger(store);
  const counts = new Map<string, number>();
  for (const name of await ledger.listRunIDs()) {
    const run = await ledger.readRun(v.parse(RunIDSchema, name));
    const outcome = run?.value.end?.outcome ?? 'no end';
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
  return [...counts].map(([outcome, count]) => `${String(count)} ${outcome}`).join(', ');
}

let outcomes = '';

/** Lets so many weeks pass in a world of their own. */
async function soak(count: number): Promise<Week[]> {
  const scenario = soakScenario(count);
  const passed: Week[] = [];
  const warmUp = () => warmUpSdk(scenario, realTime);
  await withVirtualTime({ startMs, seed, warmUp }, async (time) => {
    const { store, bytes } = weighed(createMemoryStore());
    const world: SoakWorld = openSoakWorld(scenario, seed, time, store);
    for (let week = 0; week < count; week += 1) {
      const runs = await spendWeek(world, week);
      const heapBytes = await time.hold(liveBytes());
      const recordBytes = bytes() + world.recordBytes();
      passed.push({ runs, heapBytes, rssBytes: process.memoryUsage().rss, recordBytes });
    }
    outcomes = await outcomesIn(store);
  });
  return passed;
}

/** The slope of the line through the points that fits best. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const x = meanOf(points.map(([at]) => at));
  const y = meanOf(points.map(([, value]) => value));
  const above = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return above / points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
}

const mb = (bytes: number) => (bytes / 1_048_576).toFixed(2);
const line = (...cells: readonly (string | number)[]) =>
  process.stdout.write(`| ${cells.map((cell) => String(cell).padStart(11)).join(' | ')} |\n`);

// What is loaded and compiled once is no leak: a week in a world of its own brings it in.
await soak(1);
const before = await liveBytes();
const passed = await soak(weeks);
const left = (await liveBytes()) - before;

process.stdout.write(`\n${String(weeks)} weeks of ${String(daysOfWeek)} nights\n\n`);
line('week', 'runs', 'heap, MB', 'RSS, MB', 'records, MB');
line(...Array<string>(5).fill('---------:'));
for (const [index, { runs, heapBytes, rssBytes, recordBytes }] of passed.entries())
  line(index + 1, runs, mb(heapBytes), mb(rssBytes), mb(recordBytes));

const slope = (of: (week: Week) => number) => slopeOf(passed.map((week, index) => [index, of(week)] as const));
const growth = { heap: slope(({ heapBytes }) => heapBytes), records: slope(({ recordBytes }) => recordBytes) };
const isExplained = weeks < 3 || growth.heap <= growth.records * heapPerRecordByteMax;
const isLetGo = left <= leftBytesMax;
const isEveryRunEnded = !outcomes.includes('no end');
process.stdout.write(
  `\nruns: ${outcomes}\n\nheap grows by ${mb(growth.heap)} MB a week, records by ${mb(growth.records)} MB` +
    ` (at most ${String(heapPerRecordByteMax)} times as much is explained by them): ${isExplained ? 'flat' : 'LEAKS'}\n` +
    `left of all weeks once their world is gone: ${mb(left)} MB (at most ${mb(leftBytesMax)}): ${isLetGo ? 'flat' : 'LEAKS'}\n`,
);
if (!isExplained || !isLetGo || !isEveryRunEnded) process.exitCode = 1;
