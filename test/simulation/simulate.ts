/**
 * The simulation suite as a program: plays the nights of many seeds, or one of them with everything that happens in it.
 *
 *   node test/simulation/simulate.ts --seeds 2000 [--from 1] [--fail-fast] [--json]
 *   node test/simulation/simulate.ts --seed 17 [--trace] [--shrink]
 *
 * Exit code 0 when every promise was kept, 1 when one was broken, 2 when it was asked wrongly.
 */
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { withoutStackTraces } from '../../local/stack-traces.ts';
import { scriptOf } from './random/script-of.ts';
import { playScript, type Played } from './play.ts';
import { shrink } from './shrink.ts';
import { mergeFacts } from './coverage/coverage.ts';
import { timelineOf } from './timeline.ts';

const WholeNumberSchema = v.pipe(v.string(), v.regex(/^\d{1,10}$/, 'expected a whole number'), v.transform(Number));
const OptionsSchema = v.object({
  seeds: v.optional(WholeNumberSchema, '100'),
  from: v.optional(WholeNumberSchema, '1'),
  seed: v.optional(WholeNumberSchema),
  trace: v.optional(v.boolean(), false),
  shrink: v.optional(v.boolean(), false),
  json: v.optional(v.boolean(), false),
  'fail-fast': v.optional(v.boolean(), false),
});
type Options = v.InferOutput<typeof OptionsSchema>;

/** The outcome of many seeds, as `--json` prints it. */
interface Summary {
  readonly from: number;
  readonly seeds: number;
  readonly seconds: number;
  readonly steps: number;
  readonly calls: number;
  readonly executions: number;
  readonly virtualDays: number;
  readonly failures: readonly { readonly seed: number; readonly breaches: Played['breaches'] }[];
  readonly facts: Readonly<Record<string, number>>;
  /** Seeds and seconds by kind of night. */
  readonly kinds: Readonly<Record<string, Pace>>;
}

interface Pace {
  readonly seeds: number;
  readonly seconds: number;
}

async function playOne(seed: number, options: Options): Promise<number> {
  const script = scriptOf(seed);
  const found = options.shrink ? await shrink(script) : script;
  const { played, lines } = await timelineOf(found);
  process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n\n`);
  if (options.trace) process.stdout.write(`${lines.join('\n')}\n\n`);
  for (const { checker, what, atSeconds } of played.breaches)
    process.stdout.write(`BROKEN at ${String(atSeconds)} s: ${checker}: ${what}\n`);
  process.stdout.write(`seed ${String(seed)}: ${played.breaches.length === 0 ? 'every promise was kept' : 'broken'}\n`);
  return played.breaches.length === 0 ? 0 : 1;
}

async function playMany(options: Options): Promise<number> {
  const begunMs = performance.now();
  const failures: Summary['failures'][number][] = [];
  const facts = new Map<string, number>();
  let [steps, calls, executions, virtualSeconds] = [0, 0, 0, 0];
  const kinds: Record<string, Pace> = {};
  let seed = options.from;
  for (; seed < options.from + options.seeds; seed += 1) {
    const script = scriptOf(seed);
    const sinceMs = performance.now();
    const played = await playScript(script);
    const { seeds, seconds } = kinds[script.kind] ?? { seeds: 0, seconds: 0 };
    kinds[script.kind] = { seeds: seeds + 1, seconds: seconds + (performance.now() - sinceMs) / 1000 };
    mergeFacts(facts, played.coverage);
    steps += played.steps;
    calls += played.calls;
    executions += played.executions;
    virtualSeconds += played.virtualSeconds;
    if (played.breaches.length === 0) continue;
    failures.push({ seed, breaches: played.breaches });
    if (!options.json) process.stdout.write(failureText(seed, played));
    if (options['fail-fast']) break;
  }
  const summary: Summary = {
    from: options.from,
    seeds: Math.min(options.seeds, seed - options.from + 1),
    seconds: (performance.now() - begunMs) / 1000,
    steps,
    calls,
    executions,
    virtualDays: virtualSeconds / 86_400,
    failures,
    facts: Object.fromEntries([...facts].sort(([one], [other]) => (one < other ? -1 : 1))),
    kinds,
  };
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : summaryText(summary));
  return failures.length === 0 ? 0 : 1;
}

function failureText(seed: number, { breaches }: Played): string {
  const lines = breaches.map(({ checker, what, atSeconds }) => `  ${String(atSeconds)} s  ${checker}: ${what}`);
  return [`seed ${String(seed)}`, ...lines, `  replay: npm run simulate -- --seed ${String(seed)} --trace`, ''].join(
    '\n',
  );
}

function summaryText({ seeds, seconds, steps, calls, executions, virtualDays, failures, kinds }: Summary): string {
  const paces = Object.entries(kinds).map(
    ([kind, pace]) => `  ${kind}: ${String(pace.seeds)} seeds, ${(pace.seeds / pace.seconds).toFixed(0)} a second\n`,
  );
  const rate = `${(seeds / seconds).toFixed(0)} seeds and ${(steps / seconds).toFixed(0)} steps a second`;
  const size = `${String(executions)} executions, ${String(steps)} steps, ${String(calls)} calls, ${virtualDays.toFixed(0)} days`;
  return `${String(seeds)} seeds, ${String(failures.length)} broken (${size}; ${rate})\n${paces.join('')}`;
}

async function main(): Promise<number> {
  const strings = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      options: {
        seeds: strings,
        from: strings,
        seed: strings,
        trace: flag,
        shrink: flag,
        json: flag,
        'fail-fast': flag,
      },
    });
    const options = v.parse(OptionsSchema, values);
    return await (options.seed === undefined
      ? withoutStackTraces(() => playMany(options))
      : playOne(options.seed, options));
  } catch (error) {
    if (!(error instanceof TypeError) && !v.isValiError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

process.exitCode = await main();
