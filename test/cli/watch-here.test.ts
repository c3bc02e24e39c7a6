import { join } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import { openSqliteStore } from '../../functions/ledger/sqlite-store.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { openLedgerFile } from '../../cli/ledger-file.ts';
import { openWorld, type OpenWorld } from '../../cli/world.ts';
import { parseRunName } from '../../cli/run-name.ts';
import { once } from './stack/night.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID, type ProcessOptions } from './command-line.ts';

jest.setTimeout(30_000);

const files = folder();
const wave = files.file('wave.json', { waveID });
const scenario = oneWave({ hostname: 'web-1' }, { hostname: 'web-2' });
const runID = parseRunName('RUN', 'night-1');
let ledgers = 0;

/** Two processes on one ledger file: one that works in a simulated account, and those that only read the file. */
const twoProcesses = (more: object = {}, endpoint?: string) => {
  ledgers += 1;
  const path = join(files.path, `ledger-${String(ledgers)}.sqlite`);
  const store = openSqliteStore(path);
  const account = lastingWorld({ ...scenario, ...more });
  const watchers: Promise<unknown>[] = [];
  /** Its time is everybody's, so that it goes on until those who watch have seen the end. */
  const worker: OpenWorld = async (...asked) => {
    const world = await account.worlds(...asked);
    return {
      ...world,
      store,
      endpoint,
      ledgerPath: path,
      within: (work) =>
        world.within(async (session) => {
          const result = await work(session);
          await Promise.all(watchers);
          return result;
        }),
    };
  };
  /** Its own way to the file, and the time of the night. */
  const watcher: OpenWorld = async (flags, use, io) => {
    const night = await account.worlds(flags, use, io);
    return { ...(await openWorld(flags, use, io)), within: (work) => night.within(work) };
  };
  const run = (argv: readonly string[], options: ProcessOptions = {}) =>
    commandLine(['run', ...argv, '--name', 'night-1', '--region', 'us-east-1', '--yes'], {
      worlds: worker,
      ...options,
    });
  const watch = (argv: readonly string[] = [], options: ProcessOptions = {}) => {
    const watching = commandLine(['watch', 'night-1', '--ledger', path, ...argv], { worlds: watcher, ...options });
    watchers.push(watching);
    return watching;
  };
  return { path, store, worker, watcher, run, watch };
};

/** Begins something else once the first thing has written what matches. */
const during = <Result>(pattern: RegExp, begin: () => Promise<Result>) => {
  const begun: Promise<Result>[] = [];
  return {
    onOutput: (text: string) => {
      if (begun.length === 0 && pattern.test(text)) begun.push(begin());
    },
    result: async () => {
      const [first] = begun;
      if (first === undefined) throw new TypeError('it was never begun');
      return first;
    },
  };
};

describe('watch of a run of this machine', () => {
  it('follows the work of another process to its end, as the process that does it tells it', async () => {
    const { run, watch } = twoProcesses();
    const watching = during(/web-1 +starting/, () => watch());
    const worked = await run([wave], { onOutput: watching.onOutput });
    const { out, exitCode } = await watching.result();
    expect(worked.exitCode).toBe(0);
    expect(exitCode).toBe(0);
    expect(out).toMatch(/cutover night-1: wave-\S+, LIVE us-east-1, account 123456789012/);
    expect(out).toMatch(/web-1 +first boot/);
    expect(out).toMatch(/web-2 +verified/);
    expect(out).toContain('Verified: 2 source servers: 2 verified');
  });

  it('knows that the work is done at a simulator, and says so and in its commands', async () => {
    const { run, watch, path } = twoProcesses({}, 'http://127.0.0.1:8080');
    const watching = during(/web-1 +starting/, () => watch([], { onOutput: once(/first boot/) }));
    await run([wave], { onOutput: watching.onOutput });
    const { out, err } = await watching.result();
    expect(out).toContain('SIMULATOR http://127.0.0.1:8080');
    expect(out).not.toContain('LIVE');
    expect(err).toContain(`watch night-1 --endpoint http://127.0.0.1:8080 --region us-east-1 --ledger ${path}`);
  });

  it('may be done by several people, who come and go', async () => {
    const { run, watch, path } = twoProcesses();
    const leaving = { onOutput: once(/first boot/) };
    const watching = during(/web-1 +starting/, () => Promise.all([watch([], leaving), watch(['--json']), watch()]));
    await run([wave], { onOutput: watching.onOutput });
    const [left, program, stayed] = await watching.result();
    expect(left.exitCode).toBe(130);
    expect(left.err).toContain(
      `Detached; night-1 goes on. Watch it again: mgn-cutover watch night-1 --region us-east-1 --ledger ${path}`,
    );
    expect(stayed.exitCode).toBe(0);
    expect(eventsIn(program.out).at(-1)).toMatchObject({ type: 'end', outcome: 'VERIFIED', exitCode: 0 });
  });

  it('shows at once how an ended run ended, with its exit code, and writes its report', async () => {
    const { run, watch } = twoProcesses(oneWave({ hostname: 'web-1', cutover: 'launchFailed' }));
    await run([wave]);
    const output = join(files.path, 'report.json');
    const { out, exitCode } = await watch(['--output', output]);
    expect(out).toContain('Not cut over: 1 source server: 1 rolled back');
    expect(out).not.toContain('cutover night-1:');
    expect(exitCode).toBe(1);
    expect(JSON.parse(readFileSync(output, 'utf8'))).toMatchObject({ run: { name: 'night-1', outcome: 'PARTIAL' } });
  });

  it('shows a rollback while that is at work, and ends as it does', async () => {
    const { run, watch, worker } = twoProcesses();
    await run([wave]);
    const watching = during(/web-1 +rolling back/, () => watch());
    const argv = ['rollback', 'night-1', '--region', 'us-east-1', '--yes'];
    const worked = await commandLine(argv, { worlds: worker, onOutput: watching.onOutput });
    const { out, exitCode } = await watching.result();
    expect(out).toContain('rollback night-1');
    expect(out).toMatch(/web-2 +rolled back/);
    expect([worked.exitCode, exitCode]).toEqual([0, 0]);
  });

  it('says that nobody works on a run whose command died, and how it goes on or back: exit 3', async () => {
    const { run, watch, store } = twoProcesses();
    await run([wave]);
    const ledger = createLedger(store);
    const stored = await ledger.readRun(runID);
    if (stored === undefined) throw new TypeError('the run is in the ledger');
    await ledger.saveRun({ ...stored.value, end: undefined }, stored.version);
    const { out, exitCode } = await watch(['--region', 'us-east-1']);
    expect(out).toContain('Nobody works on run night-1 now');
    expect(out).toMatch(/to go on: mgn-cutover run INPUT\.json --region us-east-1 --ledger \S+ --name night-1/);
    expect(out).toMatch(/to bring back what was started: mgn-cutover rollback night-1 --region us-east-1/);
    expect(exitCode).toBe(3);
  });

  it('notices while it watches that the work has stopped', async () => {
    const { run, watch } = twoProcesses();
    const watching = during(/web-1 +starting/, () => watch());
    const stopping = once(/web-1 +first boot/);
    const worked = await run([wave], {
      onOutput: (text, interrupt) => {
        watching.onOutput(text);
        stopping(text, interrupt);
      },
    });
    const { out, exitCode } = await watching.result();
    expect(worked.exitCode).toBe(3);
    expect(out).toContain('Nobody works on run night-1 now');
    expect(out).toContain('2 of 2 source servers are not settled');
    expect(exitCode).toBe(3);
  });

  it('tells of the gate that the run waits at, and goes on after the answer', async () => {
    const { run, watch, worker } = twoProcesses();
    const input = files.file('approved.json', { waveID, options: { start: 'approve' } });
    const approve = () => commandLine(['approve', 'night-1', '--region', 'us-east-1', '--yes'], { worlds: worker });
    const watching = during(/waits for a person to approve/, () =>
      watch([], during(/to start: mgn-cutover approve night-1/, approve)),
    );
    await run([input], { onOutput: watching.onOutput });
    const { out, exitCode } = await watching.result();
    expect(out).toMatch(/to start: mgn-cutover approve night-1 --region us-east-1 --ledger/);
    expect(out).toContain('Verified: 2 source servers');
    expect(exitCode).toBe(0);
  });

  it('follows a migration with all its waves', async () => {
    const { watch, worker, path } = twoProcesses();
    const migration = files.file('migration.json', { waves: [{ name: 'only', input: { waveID } }] });
    const watching = during(/web-1 +starting/, () => watch(['--json']));
    const argv = ['run', migration, '--name', 'night-1', '--region', 'us-east-1', '--yes'];
    const worked = await commandLine(argv, { worlds: worker, onOutput: watching.onOutput });
    const { out, exitCode } = await watching.result();
    const events = eventsIn(out);
    expect(events[0]).toMatchObject({ type: 'run', run: { kind: 'migration', name: 'night-1' } });
    expect(events.at(-1)).toMatchObject({ type: 'end', outcome: 'VERIFIED' });
    expect(worked.err).toBe('');
    expect([worked.exitCode, exitCode]).toEqual([0, 0]);
    expect((await commandLine(['watch', 'night-1', '--ledger', path])).out).toContain('Migration night-1: VERIFIED');
  });

  it('reads the file only, and needs neither credentials nor a network', async () => {
    const { run, path } = twoProcesses();
    await run([wave]);
    const before = statSync(path).mtimeMs;
    const { exitCode, out } = await commandLine(['watch', 'night-1', '--ledger', path], { env: {} });
    expect(exitCode).toBe(0);
    expect(out).toContain('Verified: 2 source servers');
    expect(statSync(path).mtimeMs).toBe(before);
    const reader = openLedgerFile({ path, isDefault: false }, 'read');
    await expect(reader.write([])).rejects.toThrow('opened to be read only');
    reader.close();
  });

  it('names the runs there are, or says that there is no ledger', async () => {
    const { run, path } = twoProcesses();
    const nothing = await commandLine(['watch', 'night-1', '--ledger', join(files.path, 'none.sqlite')]);
    expect(nothing.err).toContain('there is no ledger at');
    await run([wave]);
    const other = await commandLine(['watch', 'night-2', '--ledger', path]);
    expect(other.err).toMatch(/there is no run night-2 in \S+; it knows night-1/);
    expect([nothing.exitCode, other.exitCode]).toEqual([2, 2]);
  });

  it('sends those who want the runs of a stack to --stack', async () => {
    expect((await commandLine(['watch', 'night-1', '--ledger', 'stack:Night'])).err).toContain('say --stack Night');
    const both = await commandLine(['watch', 'night-1', '--stack', 'Night', '--ledger', 'a.sqlite']);
    expect(both.err).toContain('--stack does not go with --endpoint or --ledger');
  });
});

describe('--lines', () => {
  it.each([
    [['--lines'], {}],
    [[], { TERM: 'dumb' }],
  ])('on a terminal, %j %j tell one plain line a change and move no cursor', async (flags, env) => {
    const { run } = twoProcesses();
    const { out } = await run([wave, ...flags], { isTerminal: true, env });
    expect(out).not.toContain(`${String.fromCharCode(27)}[?`);
    expect(out).toMatch(/^22:\d\d:\d\dZ {2}web-1 +verified/m);
  });

  it('say the window and the last safe start once they are known', async () => {
    const windowed = files.file('window.json', {
      waveID,
      window: { opensAt: '2026-01-10T22:00', closesAt: '2026-01-11T04:00', zone: 'Europe/Berlin' },
    });
    const { run } = twoProcesses();
    const { out } = await run([windowed]);
    expect(
      out.match(/window 2026-01-10 22:00 Europe\/Berlin \(21:00 UTC\) to 2026-01-11 04:00 Europe\/Berlin/g),
    ).toHaveLength(2);
    expect(out.match(/; last safe start 2026-01-11 /g)).toHaveLength(1);
  });
});
