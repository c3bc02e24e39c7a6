#!/usr/bin/env -S node --max-semi-space-size=8
/**
 * The program: gives the process to the command line. A small young generation (8 MB) keeps a 1,000-server wave a quarter
 * smaller in memory and costs no time: `bench/waves.ts`.
 */
import { completeVerb, knownNames } from './completion/known-names.ts';
import type { Io } from './io.ts';
import { keysOf } from './live/keys.ts';

const listeners = new Set<() => void>();
let isAskedToStop = false;

/** The first signal asks the command to stop cleanly; a second one, or one that nobody listens to, ends it at once. */
function interrupt(): void {
  if (isAskedToStop || listeners.size === 0) process.exit(130);
  isAskedToStop = true;
  for (const listener of listeners) listener();
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);

/** A reader that has gone away must not take a cutover down with it. */
for (const stream of [process.stdout, process.stderr, process.stdin]) stream.on('error', () => undefined);

const io: Io = {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  isTerminal: process.stdout.isTTY,
  isAnswerable: process.stdin.isTTY && process.stderr.isTTY,
  env: process.env,
  onInterrupt(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  keys: keysOf(process.stdin, interrupt),
  onExit(listener) {
    process.on('exit', listener);
    return () => process.off('exit', listener);
  },
};

/** Whoever has pressed a key to complete a word does not wait until all of the command line is loaded. */
async function complete(argv: readonly string[]): Promise<number> {
  const names = await knownNames(argv, process.env);
  process.stdout.write(names.map((name) => `${name}\n`).join(''));
  return 0;
}

async function work(argv: readonly string[]): Promise<number> {
  const { main } = await import('./main.ts');
  return main(argv, io);
}

const [verb, ...argv] = process.argv.slice(2);
const exitCode = await (verb === completeVerb ? complete(argv) : work(process.argv.slice(2)));
process.stdout.write('', () => process.exit(exitCode));
