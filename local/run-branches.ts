/**
 * Performs Map and Parallel states. The engine could, but after one iteration has failed it goes on starting others
 * (engine.md F2); here, as in AWS, the rest is aborted and nothing more starts.
 */
import { type Json, serialize } from './json.ts';
import type { Performance, Scope } from './machines.ts';
import { type Attempt, type Place, runScope } from './run-scope.ts';
import { PAYLOAD_MAX_BYTES, StatesRuntimeFailure, TaskStopped, dataLimitExceeded } from './task-failure.ts';

/** The most iterations of an inline Map that run at once (engine.md section 1). */
export const INLINE_CONCURRENCY_MAX = 40;

/**
 * Runs a Map's iterations, at most `MaxConcurrency` (and {@link INLINE_CONCURRENCY_MAX}) at once, and gives their
 * outputs in the order of the items. The input is what the compiled state's parameters make of the state's input.
 */
export async function runMap(map: Extract<Performance, { kind: 'map' }>, input: Json, attempt: Attempt): Promise<Json> {
  const { items, itemInput, concurrencyMax } = mapInput(input, map.concurrencyMax);
  const branch = (index: number, signal: AbortSignal): Promise<Json> => {
    const item = items[index] ?? null;
    const place: Place = {
      execution: attempt.execution,
      iterations: [...attempt.iterations, index],
      mapItem: { Index: index, Value: item },
    };
    return runScope(map.iteration, map.hasSelector ? itemInput : item, place, signal);
  };
  return await runBranches('Map', items.length, concurrencyMax, branch, attempt);
}

/** Runs a Parallel state's branches, all at once, each on the state's input, and gives their outputs in order. */
export async function runParallel(
  parallel: Extract<Performance, { kind: 'parallel' }>,
  input: Json,
  attempt: Attempt,
): Promise<Json> {
  const { execution, iterations } = attempt;
  const place =
    attempt.mapItem === undefined ? { execution, iterations } : { execution, iterations, mapItem: attempt.mapItem };
  const branch = (index: number, signal: AbortSignal): Promise<Json> => {
    const scope: Scope | undefined = parallel.branches[index];
    return scope === undefined ? Promise.resolve(null) : runScope(scope, input, place, signal);
  };
  const count = parallel.branches.length;
  return await runBranches('Parallel', count, count, branch, attempt);
}

type Branch = (index: number, signal: AbortSignal) => Promise<Json>;

async function runBranches(
  kind: 'Map' | 'Parallel',
  count: number,
  concurrencyMax: number,
  branch: Branch,
  attempt: Attempt,
): Promise<Json> {
  attempt.tell(`${kind}StateStarted`);
  const group = new BranchGroup(kind, branch, attempt);
  try {
    const outputs = await group.run(count, concurrencyMax);
    if (serialize(outputs).bytes > PAYLOAD_MAX_BYTES) {
      throw dataLimitExceeded(attempt.stateName, 'result');
    }
    attempt.tell(`${kind}StateSucceeded`);
    return outputs;
  } catch (error) {
    if (error instanceof Error && !(error instanceof TaskStopped)) {
      attempt.tell(`${kind}StateFailed`, { error: error.name, cause: error.message });
    }
    throw error;
  }
}

/** The branches of one attempt of a Map or Parallel state. */
class BranchGroup {
  readonly #kind: 'Map' | 'Parallel';
  readonly #branch: Branch;
  readonly #attempt: Attempt;
  readonly #stopper = new AbortController();
  readonly #running = new Set<number>();
  #next = 0;

  constructor(kind: 'Map' | 'Parallel', branch: Branch, attempt: Attempt) {
    this.#kind = kind;
    this.#branch = branch;
    this.#attempt = attempt;
  }

  async run(count: number, concurrencyMax: number): Promise<Json[]> {
    const outputs = Array.from<Json>({ length: count }).fill(null);
    const abort = () => {
      this.#abort();
    };
    const { signal } = this.#attempt;
    signal.addEventListener('abort', abort, { once: true });
    try {
      const lanes = Array.from({ length: Math.min(concurrencyMax, count) }, () => this.#lane(outputs));
      await Promise.all(lanes);
      return outputs;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Takes one branch after the other until none is left or the group is aborted. */
  async #lane(outputs: Json[]): Promise<void> {
    while (this.#next < outputs.length && !this.#isAborted()) {
      const index = this.#next;
      this.#next += 1;
      this.#running.add(index);
      this.#tell('Started', index);
      try {
        outputs[index] = await this.#branch(index, this.#stopper.signal);
        this.#running.delete(index);
        this.#tell('Succeeded', index);
      } catch (error) {
        if (!this.#isAborted()) {
          this.#running.delete(index);
          this.#tell('Failed', index);
          this.#abort();
        }
        throw error;
      }
    }
    if (this.#isAborted()) {
      throw new TaskStopped();
    }
  }

  #isAborted(): boolean {
    return this.#stopper.signal.aborted;
  }

  #abort(): void {
    this.#stopper.abort();
    for (const index of this.#running) {
      this.#tell('Aborted', index);
    }
    this.#running.clear();
  }

  /** Iterations of a Map have events of their own, branches of a Parallel have not. */
  #tell(step: 'Started' | 'Succeeded' | 'Failed' | 'Aborted', index: number): void {
    const { execution, stateName, iterations } = this.#attempt;
    if (this.#kind === 'Map') {
      execution.emit({ type: `MapIteration${step}`, stateName, iterations, index });
    }
  }
}

interface MapInput {
  readonly items: readonly Json[];
  readonly itemInput: Json;
  readonly concurrencyMax: number;
}

function mapInput(input: Json, concurrencyMaxOfState: number): MapInput {
  const { items, input: itemInput, concurrencyMax } = isObject(input) ? input : {};
  if (!Array.isArray(items)) {
    throw new StatesRuntimeFailure('The items of a Map state must be an array.');
  }
  const asked = typeof concurrencyMax === 'number' ? concurrencyMax : concurrencyMaxOfState;
  return {
    items,
    itemInput: itemInput ?? null,
    concurrencyMax: asked === 0 ? INLINE_CONCURRENCY_MAX : Math.min(asked, INLINE_CONCURRENCY_MAX),
  };
}

function isObject(json: Json): json is Record<string, Json> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
