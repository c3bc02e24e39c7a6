/**
 * Stryker test runner that loads the tests once and then runs, for each mutant, only the tests that cover it, the quickest
 * first and up to the first that fails. Pure rules need no fresh jest environment for each test file; making those is
 * what costs: jest's own runner takes a second a mutant, this one a hundredth.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  MutantRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import type {
  DryRunResult,
  MutantRunOptions,
  MutantRunResult,
  TestResult,
  TestRunner,
  TestRunnerCapabilities,
} from '@stryker-mutator/api/test-runner';
import * as v from 'valibot';
import { collectTests, loadAnew, modulesOf, type CollectedTest } from './collected-tests.ts';

declare global {
  /** What the instrumented code reads and writes: the mutant in force, the tests that reached each mutant. */
  var __stryker__: InstrumenterContext | undefined;
}

const testFiles = 'test/unit/domain/**/*.test.ts';

/** In the sandbox: what the worker that makes the first run tells the others. */
const knownFile = 'known-of-tests.json';

const KnownSchema = v.object({
  /** How long each test and each test file took, in milliseconds, by its id or path. */
  times: v.record(v.string(), v.number()),
  /** The modules that each test file loads, by its path. */
  modules: v.record(v.string(), v.array(v.string())),
});
type Known = v.InferOutput<typeof KnownSchema>;

class InProcessRunner implements TestRunner {
  #tests: readonly CollectedTest[] | undefined;
  #known: Known | undefined;
  /** The test file that last failed for a mutant of a file, by that file. */
  readonly #lastFailed = new Map<string, string>();

  /** A mutant in what runs while loading gets modules of its own, and leaves those of the others as they are. */
  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  async dryRun(): Promise<DryRunResult> {
    const tests = await run(await this.#allTests(), false);
    writeFileSync(knownFile, JSON.stringify(knownOf(tests)));
    const { mutantCoverage } = shared();
    return { status: DryRunStatus.Complete, tests, ...(mutantCoverage && { mutantCoverage }) };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, mutantActivation, hitLimit, disableBail } = options;
    const isStatic = mutantActivation === 'static';
    if (!isStatic) await this.#allTests();
    const hitCount = hitLimit === undefined ? undefined : 0;
    Object.assign(shared(), { activeMutant: activeMutant.id, hitLimit, hitCount });
    try {
      const results = isStatic ? await this.#runWhileLoading(options) : await this.#runCovering(options);
      const endless = determineHitLimitReached(shared().hitCount, hitLimit);
      return toMutantRunResult(endless ?? { status: DryRunStatus.Complete, tests: results }, disableBail);
    } catch (error) {
      const failureMessage = `While loading: ${String(error)}`;
      return { status: MutantRunStatus.Killed, killedBy: [], nrOfTests: 0, failureMessage };
    } finally {
      delete shared().activeMutant;
    }
  }

  async #runCovering({ testFilter, disableBail }: MutantRunOptions): Promise<TestResult[]> {
    const wanted = testFilter && new Set(testFilter);
    const tests = (await this.#allTests()).filter(({ id }) => !wanted || wanted.has(id));
    return run(
      this.#quickestFirst(tests, ({ id }) => id),
      !disableBail,
    );
  }

  /**
   * Loads the test files that reach the mutant one by one as long as nothing fails, and first those in which most mutants
   * are found out: the file's own test, and the one that failed for the last mutant of the file.
   */
  async #runWhileLoading({ sandboxFileName, disableBail }: MutantRunOptions): Promise<TestResult[]> {
    const isLikely = (file: string) =>
      this.#lastFailed.get(sandboxFileName) === file ||
      path.basename(file, '.test.ts') === path.basename(sandboxFileName, '.ts');
    const { modules } = this.#knowledge();
    const reaching = globSync(testFiles).filter(
      (file) => modules[path.resolve(file)]?.includes(sandboxFileName) ?? true,
    );
    const files = this.#quickestFirst(reaching, (file) => (isLikely(file) ? '' : path.resolve(file)));
    const results: TestResult[] = [];
    loadAnew();
    for (const file of files) {
      results.push(...(await run(await collectTests([file]), !disableBail)));
      if (results.at(-1)?.status !== TestStatus.Failed) continue;
      this.#lastFailed.set(sandboxFileName, file);
      if (!disableBail) break;
    }
    return results;
  }

  async #allTests(): Promise<readonly CollectedTest[]> {
    this.#tests ??= await collectTests(globSync(testFiles).sort());
    return this.#tests;
  }

  #quickestFirst<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[] {
    const { times } = this.#knowledge();
    const timeOf = (item: Item) => times[keyOf(item)] ?? 0;
    return items.toSorted((one, other) => timeOf(one) - timeOf(other));
  }

  #knowledge(): Known {
    this.#known ??= v.parse(v.pipe(v.string(), v.parseJson(), KnownSchema), readFileSync(knownFile, 'utf8'));
    return this.#known;
  }
}

async function run(tests: readonly CollectedTest[], bail: boolean): Promise<TestResult[]> {
  const results: TestResult[] = [];
  for (const test of tests) {
    const result = await resultOf(test);
    results.push(result);
    if (bail && result.status === TestStatus.Failed) break;
  }
  return results;
}

async function resultOf({ id, name, fileName, run: runTest }: CollectedTest): Promise<TestResult> {
  const from = performance.now();
  const told = () => ({ id, name, fileName, timeSpentMs: performance.now() - from });
  shared().currentTestId = id;
  try {
    await runTest();
    return { ...told(), status: TestStatus.Success };
  } catch (error) {
    return { ...told(), status: TestStatus.Failed, failureMessage: String(error) };
  } finally {
    delete shared().currentTestId;
  }
}

function knownOf(tests: readonly TestResult[]): Known {
  const times: Record<string, number> = {};
  const modules: Record<string, string[]> = {};
  for (const { id, fileName = '', timeSpentMs } of tests) {
    times[id] = timeSpentMs;
    times[fileName] = (times[fileName] ?? 0) + timeSpentMs;
    modules[fileName] ??= [...modulesOf(fileName)];
  }
  return { times, modules };
}

function shared(): InstrumenterContext {
  globalThis.__stryker__ ??= {};
  return globalThis.__stryker__;
}

/** What Stryker loads of this file: the test runner `in-process`. */
export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
