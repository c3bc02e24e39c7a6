/** Sends the simulation after a planted bug: a process of its own with the bug in it, which stops at the first broken promise. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import * as v from 'valibot';
import type { PlantedBug } from './planted-bug.ts';

/** The first seed that breaks a promise, and whose promises it breaks. */
export interface Catch {
  readonly seed: number;
  /** The checkers that tell, each once. */
  readonly checkers: readonly string[];
  /** What the first of them says. */
  readonly what: string;
}

/** The simulation could not be run with this bug: it is stale, was never loaded, or the program broke. */
export class HuntFailedError extends Error {
  override readonly name = 'HuntFailedError';
}

const BreachSchema = v.object({ checker: v.string(), what: v.string() });
const SummarySchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    failures: v.array(v.object({ seed: v.number(), breaches: v.tupleWithRest([BreachSchema], BreachSchema) })),
  }),
);

/**
 * Plays so many seeds, or fewer if one breaks a promise; without a bug it plays the product as it is. Undefined where every
 * promise was kept. To be called from the project's root.
 * @throws HuntFailedError in the words of the process.
 */
export async function hunt(
  bug: Pick<PlantedBug, 'name'> | undefined,
  { from, seeds }: { readonly from: number; readonly seeds: number },
): Promise<Catch | undefined> {
  const simulation = join('test', 'simulation');
  const plant = `./${join(simulation, 'planted', 'plant.ts')}`;
  const asked = ['--from', String(from), '--seeds', String(seeds), '--fail-fast', '--json'];
  const program = ['--import', plant, join(simulation, 'simulate.ts'), ...asked];
  const { exitCode, stdout, stderr } = await run(program, bug?.name);
  const summary = v.safeParse(SummarySchema, stdout);
  if (!summary.success || (exitCode !== 0 && exitCode !== 1))
    throw new HuntFailedError(`${bug?.name ?? 'no bug'}: exit code ${String(exitCode)}: ${stderr.slice(0, 2_000)}`);
  const [failure] = summary.output.failures;
  if (failure === undefined) return undefined;
  const checkers = [...new Set(failure.breaches.map(({ checker }) => checker))];
  return { seed: failure.seed, checkers, what: failure.breaches[0].what };
}

interface Ended {
  readonly exitCode: number | string | null | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], planted: string | undefined): Promise<Ended> {
  const env = { ...process.env, PLANTED: planted };
  return new Promise((resolve) => {
    execFile(process.execPath, [...args], { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

/** Works through a list, so many at a time. */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
