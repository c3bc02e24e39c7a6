/** The command line under test: a process made of strings, and a world that outlives a command. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import * as v from 'valibot';
import type { Io } from '../../cli/io.ts';
import { main } from '../../cli/main.ts';
import type { OpenWorld } from '../../cli/world.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { realTime, withVirtualTime, type Time } from '../../local/virtual-time.ts';
import { createSimulatedServices, warmUpSdk } from '../../local/simulated-world.ts';
import type { CallRecord } from '../../simulator/call-log.ts';
import { parseScenario } from '../../simulator/scenario/parse-scenario.ts';
import { createSimulator } from '../../simulator/simulator.ts';
import { inspect } from '../../simulator/world/inspect.ts';

export const waveID = 'wave-7f3a9c2e5b1d8f640';

/** A scenario with one wave of one application with these servers. */
export const oneWave = (...servers: object[]) => ({
  startTime: '2026-01-10T22:00:00Z',
  waves: [{ name: 'night', waveID, applications: [{ name: 'shop', servers }] }],
});

/** How the process around a command is. */
export interface ProcessOptions {
  readonly isTerminal?: boolean;
  readonly isAnswerable?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  /** How wide the terminal is that stderr goes to; none if absent. */
  readonly errColumns?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly worlds?: OpenWorld;
  /** Hears what is written to stdout; may interrupt. */
  readonly onOutput?: (text: string, interrupt: () => void) => void;
  /** Gives the command's interrupt to the test. */
  readonly onStart?: (interrupt: () => void) => void;
}

const sink = (onText: (text: string) => void, size: { columns?: number; rows?: number }) =>
  Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        onText(String(chunk));
        done();
      },
    }),
    size,
  );

/** Runs a command line; answers with its exit code and what it wrote. */
export const commandLine = async (argv: readonly string[], options: ProcessOptions = {}) => {
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  const interrupt = () => {
    for (const listener of listeners) listener();
  };
  const { columns = 80, rows = 24 } = options;
  const io: Io = {
    stdout: sink(
      (text) => {
        out += text;
        options.onOutput?.(text, interrupt);
      },
      { columns, rows },
    ),
    stderr: sink((text) => (err += text), options.errColumns === undefined ? {} : { columns: options.errColumns }),
    stdin: Readable.from([options.stdin ?? '']),
    isTerminal: options.isTerminal ?? false,
    isAnswerable: options.isAnswerable ?? false,
    env: options.env ?? {},
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  options.onStart?.(interrupt);
  const exitCode = await main(argv, io, ...(options.worlds === undefined ? [] : [options.worlds]));
  return { exitCode, out, err };
};

const EventSchema = v.looseObject({ type: v.string() });

/** The NDJSON events in a text. */
export const eventsIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(EventSchema, JSON.parse(line)));

/** A folder for the files of a test, removed after all tests of the file. */
export const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'mgn-cutover-'));
  afterAll(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return {
    path,
    /** Writes a file, JSON unless it is text, and gives its path. */
    file(name: string, content: unknown): string {
      const target = join(path, name);
      writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
      return target;
    },
  };
};

/** An account behind a simulator, a ledger and a clock that go on from one command to the next. */
export const lastingWorld = (scenarioInput: unknown, needsConsent = false) => {
  const scenario = parseScenario(scenarioInput);
  let nowMs = Date.parse(scenario.startTime ?? '2026-01-10T22:00:00Z');
  let current: Time | undefined;
  const calls: CallRecord[] = [];
  const simulator = createSimulator({
    scenario,
    seed: 1,
    now: () => current?.now() ?? nowMs,
    onCall: (call) => calls.push(call),
  });
  const store = createMemoryStore();
  const worlds: OpenWorld = () => {
    return Promise.resolve({
      isRehearsal: false,
      needsConsent,
      label: 'LIVE us-east-1',
      flags: '--region us-east-1',
      store,
      ledgerPath: 'ledger.sqlite',
      newNonce: () => 'test',
      // A command that is run while another one waits shares its time, as two processes would.
      within: (work) =>
        current !== undefined
          ? work({ services: createSimulatedServices(simulator, current), time: current })
          : withVirtualTime({ startMs: nowMs, seed: 1, warmUp: () => warmUpSdk(scenario, realTime) }, async (time) => {
              current = time;
              try {
                return await work({ services: createSimulatedServices(simulator, time), time });
              } finally {
                nowMs = time.now();
                current = undefined;
              }
            }),
      close: () => undefined,
    });
  };
  return {
    worlds,
    store,
    simulator,
    /** Every source server as it is now. */
    servers: () => inspect(simulator.world(), nowMs).accounts.flatMap(({ sourceServers }) => sourceServers),
    /** Names of the operations called so far that change something, refused ones left out. */
    changes: () =>
      calls
        .filter(
          ({ operation, status }) => !/^(?:\w+:)?(?:Describe|List|Get|AssumeRole)/.test(operation) && status < 400,
        )
        .map(({ operation }) => operation),
    /** Lets time pass between two commands. */
    passTime: (ms: number) => {
      nowMs += ms;
    },
  };
};
