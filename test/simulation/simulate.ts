/**
 * The simulation suite as a program: plays the nights of many seeds, or one of them with everything that happens in it;
 * `--help` says how it is asked.
 */
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { withoutStackTraces } from '../../local/stack-traces.ts';
import { scriptOf } from './random/script-of.ts';
import { playScript, type Played } from './play.ts';
import { shrink } from './shrink.ts';
import { mergeFacts } from './coverage/coverage.ts';
import { timelineOf } from './timeline.ts';

const usage = `Usage: npm run simulate -- [--seeds 100] [--from 1] [--fail-fast] [--json]
       npm run simulate -- --seed N [--trace] [--shrink]

Plays whole nights, each from a seed, and looks on whether every promise is kept: so many seeds (100 unless told) from one on,
or one seed, with its script. --fail-fast stops at the first broken night, --json prints all figures as one line, --trace tells
the night line by line, --shrink first cuts it down to what breaks the promise.

Exit code 0 when every promise was kept, 1 when one was broken, 2 when it was asked wrongly.
`;

const wholeNumber = (flag: string) =>
  v.pipe(v.string(), v.regex(/^\d{1,10}$/, `${flag} takes a whole number of at most ten digits`), v.transform(Number));
const OptionsSchema = v.object({
  help: v.optional(v.boolean(), false),
  seeds: v.optional(v.pipe(wholeNumber('--seeds'), v.minValue(1, '--seeds takes at least 1')), '100'),
  from: v.optional(wholeNumber('--from'), '1'),
  seed: v.optional(wholeNumber('--seed')),
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

/** What was asked, or in words why that cannot be. */
function optionsOf(args: string[]): Options | string {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { ...flag, short: 'h' },
        seeds: text,
        from: text,
        seed: text,
        trace: flag,
        shrink: flag,
        json: flag,
        'fail-fast': flag,
      },
    });
    return strayFlag(Object.keys(values)) ?? v.parse(OptionsSchema, values);
  } catch (error) {
    if (error instanceof TypeError || v.isValiError(error)) return error.message;
    throw error;
  }
}

/** A flag that would change nothing: one night has no figures, and many are not told line by line. */
function strayFlag(flags: readonly string[]): string | undefined {
  const [strays, why] = flags.includes('seed')
    ? [['seeds', 'from', 'json', 'fail-fast'], 'is for many nights, --seed for one']
    : [['trace', 'shrink'], 'is for one night: name it with --seed'];
  const stray = strays.find((name) => flags.includes(name));
  return stray === undefined ? undefined : `--${stray} ${why}`;
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(usage);
    return 0;
  }
  return options.seed === undefined ? withoutStackTraces(() => playMany(options)) : playOne(options.seed, options);
}

/** What a shell says of a program that wrote to a pipe nobody reads any more (128 and SIGPIPE), as in `| head`. */
const pipeClosed = 141;
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(pipeClosed);
});
process.exitCode = await main();
