/**
 * What the watch screen costs at 1,000 source servers: a minute of a night in which steps write records at the rate of a real
 * one, told to the screen as `run` does it in its own process, and as `watch` does it from another one, which looks into the
 * ledger's file every second. Time is simulated, the work is real. Ends with exit code 1 when a minute takes more than a
 * twentieth of a core. Run: `npx node bench/watch.ts`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Board } from '../cli/live/board.ts';
import { Canvas } from '../cli/live/canvas.ts';
import { Framer } from '../cli/live/frame.ts';
import { paletteOf } from '../cli/live/style.ts';
import { firstView } from '../cli/live/view-state.ts';
import { parseRunName } from '../cli/run-name.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { createLedger } from '../functions/ledger/ledger.ts';
import { createMemoryStore } from '../functions/ledger/memory-store.ts';
import { openSqliteReader, openSqliteStore } from '../functions/ledger/sqlite-store.ts';
import { cutOverWave } from './a-wave.ts';

const shareMax = 0.05;
const servers = 1_000;
const seconds = 60;
const size = { columns: 200, rows: 50 };
/** A look of the run comes twice a minute and finds a fifth of the source servers in another phase. */
const lookEvery = 30;
const changedByLook = 5;
/** Every other second a step writes the records of a few. */
const changedByStep = 100;

/** A screen on a terminal that is not there; gives how many bytes it was sent. */
class Screen {
  readonly board = new Board();
  readonly #framer = new Framer(paletteOf({ isTerminal: true, env: {} }));
  readonly #isGrouped: boolean;
  readonly #startMs: number;
  readonly #canvas: Canvas;
  bytes = 0;
  frames = 0;

  constructor(isGrouped: boolean, startMs: number) {
    this.#isGrouped = isGrouped;
    this.#startMs = startMs;
    const write = (chunk: Buffer, _encoding: string, done: () => void) => {
      this.bytes += chunk.length;
      done();
    };
    this.#canvas = new Canvas(Object.assign(new Writable({ write }), size));
  }

  draw(now: number): void {
    const header = {
      name: 'bench',
      kind: 'cutover',
      target: 'wave-1',
      place: 'LIVE eu-west-1',
      isRehearsal: false,
      flags: '--region eu-west-1',
    } as const;
    const state = { ...firstView, isGrouped: this.#isGrouped };
    const digest = this.board.digest();
    const factsAt = this.board.factsAt(now);
    const view = { header, startedAt: this.#startMs, now, digest, factsAt, state, hasKeys: true };
    this.#canvas.draw(this.#framer.frame(view, size).lines);
    this.frames += 1;
  }
}

/** The records as a night leaves them, of which a busy minute is made. */
async function night(): Promise<{ readonly run: RunRecord; readonly records: readonly ServerRecord[] }> {
  const store = createMemoryStore();
  await cutOverWave(servers, store);
  const ledger = createLedger(store);
  const runID = parseRunName('name', 'bench');
  const run = (await ledger.readRun(runID))?.value;
  if (run === undefined) throw new TypeError('the run of the benchmark is not in its ledger');
  return { run: { ...run, end: undefined }, records: await ledger.readServers(runID) };
}

/** The records that are written in this second. */
function written(records: readonly ServerRecord[], second: number, now: number): ServerRecord[] {
  const turn = Math.floor(second / lookEvery);
  const isWritten = (index: number) =>
    second % lookEvery === 0 ? index % changedByLook === turn : second % 2 === 1 && index % changedByStep === second;
  const phase = turn % 2 === 0 ? 'conversion' : 'launch';
  return records.flatMap((record, index) =>
    isWritten(index) ? [{ ...record, phase, phaseAt: now, verdict: undefined }] : [],
  );
}

/** Seconds of a core that the work took. */
async function costOf(work: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** A minute in the process that does the work: the screen's own part of it. */
async function minuteOfRun(isGrouped: boolean): Promise<void> {
  const { run, records } = await night();
  const screen = new Screen(isGrouped, run.createdAt);
  screen.board.run(run);
  for (const record of records) screen.board.server(record, run.createdAt);
  screen.draw(run.createdAt);
  const cost = await costOf(() => {
    for (let second = 0; second < seconds; second += 1) {
      const now = run.createdAt + second * 1_000;
      const changed = written(records, second, now);
      for (const record of changed) screen.board.server(record, now);
      screen.board.heard(now);
      screen.draw(now);
      // What changes is shown sooner than the clock's next second.
      if (changed.length > 0) screen.draw(now + 250);
    }
  });
  tell(`run, ${isGrouped ? 'applications' : 'source servers'} listed`, cost, screen);
}

/** A minute in another process: a look into the ledger's file every second, and the screen. */
async function minuteOfWatch(): Promise<void> {
  const { run, records } = await night();
  const folder = mkdtempSync(join(tmpdir(), 'mgn-cutover-bench-'));
  try {
    const path = join(folder, 'ledger.sqlite');
    const writing = createLedger(openSqliteStore(path));
    await writing.createRun(run);
    await writing.saveServers(run.runID, records);
    const ledger = createLedger(openSqliteReader(path));
    const screen = new Screen(true, run.createdAt);
    let cost = 0;
    for (let second = -1; second < seconds; second += 1) {
      const now = run.createdAt + second * 1_000;
      await writing.saveServers(run.runID, written(records, second, now));
      const took = await costOf(async () => {
        const read = (await ledger.readRun(run.runID))?.value;
        if (read !== undefined) screen.board.run(read);
        for (const record of await ledger.readServers(run.runID)) screen.board.server(record, now);
        screen.draw(now);
      });
      // The first look finds everything new, once.
      cost += second < 0 ? 0 : took;
    }
    tell('watch of a ledger file', cost, screen);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tell(what: string, cost: number, { frames, bytes }: Screen): void {
  const share = cost / seconds;
  if (share > shareMax) process.exitCode = 1;
  const figures = `${String(frames)} frames, ${String(Math.round(bytes / 1_024))} KB to the terminal`;
  process.stdout.write(
    `${servers.toLocaleString('en')} source servers, ${what}: ${(share * 100).toFixed(2)} % of a core in a minute (${figures})\n`,
  );
}

await minuteOfRun(true);
await minuteOfRun(false);
await minuteOfWatch();
