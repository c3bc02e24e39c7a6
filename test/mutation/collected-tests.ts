/**
 * Collects jest-style test files into a list of plain functions, so that they can be run again and again in one process.
 * Knows what the domain's tests use: `describe`, `it`, their `each`, `beforeEach` and jest's own `expect`.
 */
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect } from 'expect';
import { bind } from 'jest-each';

/** One test: where it stands, what it is called, and what runs it (its `beforeEach` included). */
export interface CollectedTest {
  readonly id: string;
  readonly name: string;
  readonly fileName: string;
  readonly run: () => Promise<void>;
}

type Body = () => unknown;

interface Block {
  readonly names: readonly string[];
  readonly before: Body[];
}

let loading = 0;

/** From here on, `collectTests` loads every module of the project once more, also those that are loaded already. */
export function loadAnew(): void {
  loading += 1;
}

/** What each module of the project imports at run time, by their paths. */
const imports = new Map<string, Set<string>>();

registerHooks({
  resolve(specifier, context, resolveByDefault) {
    const found = resolveByDefault(specifier, context);
    if (!found.url.startsWith('file:') || found.url.includes('/node_modules/')) return found;
    if (context.parentURL !== undefined) noteImport(fileURLToPath(context.parentURL), fileURLToPath(found.url));
    return { ...found, url: `${found.url}?loading=${String(loading)}` };
  },
});

function noteImport(from: string, to: string): void {
  const known = imports.get(from);
  if (known === undefined) imports.set(from, new Set([to]));
  else known.add(to);
}

/** The paths of all modules that this one, which was loaded, imports directly or by way of others; its own among them. */
export function modulesOf(file: string): ReadonlySet<string> {
  const found = new Set([path.resolve(file)]);
  // A set also walks through what is added on the way.
  for (const module of found) for (const imported of imports.get(module) ?? []) found.add(imported);
  return found;
}

/**
 * Loads the test files in the order given and returns their tests in the order written.
 * Throws what a file throws while it loads.
 */
export async function collectTests(files: readonly string[]): Promise<readonly CollectedTest[]> {
  const tests: CollectedTest[] = [];
  let fileName = '';
  let block: Block = { names: [], before: [] };

  const describeBlock = (name: string, body: Body): void => {
    const outer = block;
    block = { names: [...outer.names, name], before: [...outer.before] };
    body();
    block = outer;
  };

  const addTest = (title: string, body: Body): void => {
    const { names, before } = block;
    const name = [...names, title].join(' ');
    const run = async (): Promise<void> => {
      for (const step of [...before, body]) await step();
    };
    tests.push({ id: `${path.basename(fileName)} ${name}`, name, fileName, run });
  };

  const it = Object.assign(addTest, { each: bind(addTest, false) });
  Object.assign(globalThis, {
    describe: Object.assign(describeBlock, { each: bind(describeBlock, false) }),
    it,
    test: it,
    beforeEach: (body: Body) => block.before.push(body),
    expect,
  });

  for (const file of files) {
    fileName = path.resolve(file);
    block = { names: [], before: [] };
    await import(pathToFileURL(fileName).href);
  }
  return tests;
}
