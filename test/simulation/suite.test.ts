/** The simulation suite: nights of fixed seeds and of fresh ones, and what they must have met between them. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import { mergeFacts, missingFacts } from './coverage/coverage.ts';

const SummarySchema = v.object({
  seeds: v.number(),
  failures: v.array(
    v.object({
      seed: v.number(),
      breaches: v.array(v.object({ checker: v.string(), what: v.string(), atSeconds: v.number() })),
    }),
  ),
  facts: v.record(v.string(), v.number()),
});

/** Seeds that one process plays. */
const blockSeeds = 500;
const fixedFroms = [1, 501, 1_001, 1_501];
/** Never the same ones twice; a failure names them. */
const freshFrom = 1_000_000 + Math.floor(Math.random() * 4_000_000_000);

jest.setTimeout(1_200_000);

/** Plays a block of seeds in a process of its own: there are no test frameworks in it, so it runs at its full speed. */
function play(from: number): Promise<v.InferOutput<typeof SummarySchema>> {
  const args = [
    '--max-semi-space-size=32',
    join(__dirname, 'simulate.ts'),
    '--from',
    String(from),
    '--seeds',
    String(blockSeeds),
    '--json',
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const line = stdout.trim();
      if (line.startsWith('{')) resolve(v.parse(SummarySchema, JSON.parse(line)));
      else reject(new Error(`seeds from ${String(from)} were not played: ${error?.message ?? ''} ${stderr}`));
    });
  });
}

describe('the nights of the suite', () => {
  const blocks = new Map<number, ReturnType<typeof play>>();
  const blockOf = (from: number) => {
    const known = blocks.get(from) ?? play(from);
    blocks.set(from, known);
    // Whoever waits for it hears of its failure; until then it is not an unhandled one.
    void known.catch(() => undefined);
    return known;
  };
  const all = [...fixedFroms, freshFrom];

  it.each([
    ...fixedFroms.map((from) => [`${String(from)} and on`, from] as const),
    ['that are fresh', freshFrom] as const,
  ])('keep every promise: seeds %s', async (_name, from) => {
    const next = all[all.indexOf(from) + 1];
    if (next !== undefined) void blockOf(next);
    const { seeds, failures } = await blockOf(from);
    const broken = failures.map(({ seed, breaches }) => ({
      replay: `npm run simulate -- --seed ${String(seed)} --trace`,
      breaches: breaches.map(({ checker, what }) => `${checker}: ${what}`),
    }));
    expect(broken).toEqual([]);
    expect(seeds).toBe(blockSeeds);
  });

  it('meet every state, edge, fault and compensation between them', async () => {
    const facts = new Map<string, number>();
    for (const from of fixedFroms) mergeFacts(facts, new Map(Object.entries((await blockOf(from)).facts)));
    expect(missingFacts(facts)).toEqual([]);
  });
});
