import { EventEmitter } from 'node:events';
import type { Io } from '../../../cli/io.ts';
import type { Key } from '../../../cli/live/view-state.ts';
import { aHeader, aRun, aServer, escape, startedAt, startMs } from './a-screen.ts';

const secondScreen = `${escape}[?1049h`;
const firstScreen = `${escape}[?1049l`;
const shownCursor = `${escape}[?25h`;

/** The screen keeps to the wall's timers, which it takes when it is loaded; here they are the test's. */
const aTerminal = async ({ env = { NO_COLOR: '1' }, hasKeys = true }: { env?: Io['env']; hasKeys?: boolean } = {}) => {
  jest.useFakeTimers({ now: startMs });
  jest.resetModules();
  const { createScreenProgress } = await import('../../../cli/live/screen.ts');
  const written: string[] = [];
  const done: string[] = [];
  const exits = new Set<() => void>();
  let listener: ((key: Key) => void) | undefined;
  const stdout = Object.assign(new EventEmitter(), {
    columns: 80,
    rows: 24,
    writable: true,
    write: (text: string) => written.push(text) > 0,
    end: () => stdout,
  });
  const io = {
    stdout,
    stderr: stdout,
    stdin: process.stdin,
    isTerminal: true,
    isAnswerable: false,
    env,
    onInterrupt: () => () => undefined,
    onExit: (onExit: () => void) => {
      exits.add(onExit);
      return () => exits.delete(onExit);
    },
    ...(hasKeys && {
      keys: {
        interrupt: () => done.push('interrupt'),
        listen: (onKey: (key: Key) => void) => {
          listener = onKey;
          return () => {
            listener = undefined;
            done.push('keys given back');
          };
        },
      },
    }),
  } satisfies Io;
  const screen = createScreenProgress(io, () => Date.now());
  return {
    screen,
    stdout,
    exits,
    done,
    press: (text: string, name = text) => {
      listener?.({ name, text, isControl: false });
    },
    isListening: () => listener !== undefined,
    /** What was written since it was last asked. */
    news: () => written.splice(0).join(''),
    writes: () => written.splice(0).length,
  };
};

const pass = (ms: number) => {
  jest.advanceTimersByTime(ms);
};

afterEach(() => {
  jest.useRealTimers();
});

describe('the screen', () => {
  it('gives the terminal back and lets the work go on when a picture cannot be drawn', async () => {
    const { screen, stdout, news, isListening } = await aTerminal();
    screen.begin({ ...aHeader, kind: 'cutover' }, startMs);
    pass(1_000);
    Object.defineProperty(stdout, 'columns', {
      get: () => {
        throw new RangeError('no columns');
      },
    });
    screen.server(aServer(1, 'launch', { cutover: startedAt(startMs) }), startMs);
    pass(1_000);

    const said = news();
    expect(said).toContain(firstScreen);
    expect(said).toContain('the screen cannot be drawn any more (no columns); the work goes on without it.');
    expect(isListening()).toBe(false);
    pass(10_000);
    screen.end(startMs);
    expect(news()).toBe('');
  });

  it('draws on a screen of its own, and gives the terminal back with the last picture in it', async () => {
    const { screen, news, done, isListening } = await aTerminal();
    screen.begin(aHeader, startMs);
    screen.run(aRun(), startMs);
    screen.server(aServer(1, 'launch', { cutover: startedAt(startMs) }), startMs);
    pass(1_000);
    const drawn = news();
    expect(drawn.startsWith(secondScreen)).toBe(true);
    expect(drawn).toContain('server-0001');
    screen.end(startMs + 5_000);
    const left = news();
    expect(left.startsWith(shownCursor + firstScreen)).toBe(true);
    expect(left).toMatch(/LIVE {2}cutover night-1[^]*server-0001[^]*launch/);
    expect(left).not.toContain('? help');
    expect(done).toEqual(['keys given back']);
    expect(isListening()).toBe(false);
    pass(10_000);
    expect(news()).toBe('');
  });

  it('gives the terminal back when the process ends in whatever way', async () => {
    const { screen, news, exits, done } = await aTerminal();
    screen.begin(aHeader, startMs);
    pass(1_000);
    news();
    for (const listener of [...exits]) listener();
    expect(news()).toBe(shownCursor + firstScreen);
    expect(done).toEqual(['keys given back']);
    screen.end(startMs);
    expect(news()).toBe('');
  });

  it('writes only lines that have changed: the clock, once a second', async () => {
    const { screen, writes, news } = await aTerminal({ hasKeys: false });
    screen.begin(aHeader, startMs);
    for (let number = 1; number <= 15; number += 1) screen.server(aServer(number, 'verified'), startMs);
    pass(1_000);
    news();
    pass(60_000);
    expect(writes()).toBeLessThanOrEqual(61);
    pass(1_000);
    const text = news();
    expect(text).not.toContain('LIVE');
    expect(text).not.toContain('server-0003');
    expect(text).toContain('22:01:0');
  });

  it('draws hundreds of changes that come together once', async () => {
    const { screen, writes } = await aTerminal();
    screen.begin(aHeader, startMs);
    pass(1_000);
    writes();
    for (let number = 1; number <= 500; number += 1) screen.server(aServer(number, 'ready'), startMs);
    pass(250);
    expect(writes()).toBe(1);
  });

  it('answers a key at once', async () => {
    const { screen, press, news } = await aTerminal();
    screen.begin(aHeader, startMs);
    for (let number = 1; number <= 1_000; number += 1) screen.server(aServer(number, 'ready'), startMs);
    pass(1_000);
    news();
    press('/');
    for (const letter of '0042') press(letter);
    expect(news()).toContain('/0042_  11 of 1000 servers');
    press('?', '?');
    press('\r', 'return');
    press('?', '?');
    expect(news()).toContain('Keys');
  });

  it('draws everything anew at another size', async () => {
    const { screen, stdout, news } = await aTerminal();
    screen.begin(aHeader, startMs);
    screen.server(aServer(1, 'ready'), startMs);
    pass(1_000);
    news();
    Object.assign(stdout, { columns: 40, rows: 12 });
    stdout.emit('resize');
    const text = news();
    expect(text).toContain(`${escape}[2J`);
    expect(text).toContain('server-00…');
  });

  it('leaves with q as with Ctrl-C where the work goes on without it', async () => {
    const { screen, press, done, news } = await aTerminal();
    screen.begin({ ...aHeader, isDetachable: true }, startMs);
    pass(1_000);
    expect(news()).toContain('q leave');
    press('q');
    expect(done).toEqual(['interrupt']);
  });

  it('does not end with q the work that this command does, and says so', async () => {
    const { screen, press, done, news } = await aTerminal();
    screen.begin(aHeader, startMs);
    press('q');
    expect(done).toEqual([]);
    expect(news()).toContain('q does nothing here: this command does the work; Ctrl-C stops it');
  });

  it('shows the gate that a run waits at, until somebody has answered', async () => {
    const { screen, news } = await aTerminal();
    const gate = { gate: 'START' as const, openedAt: startMs, closesAt: startMs + 60_000, taskToken: 't' };
    screen.begin(aHeader, startMs);
    screen.run(aRun({ gates: [gate] }), startMs);
    pass(1_000);
    expect(news()).toContain('to start: mgn-cutover approve night-1 --region eu-west-1');
    screen.run(aRun({ gates: [{ ...gate, answer: { approved: true, at: startMs, by: 'a' } }] }), startMs);
    pass(1_000);
    expect(news()).not.toContain('to start:');
  });

  it('takes what has changed between two looks for as new as the later one, and what a step has read for as new as that', async () => {
    const { screen, news } = await aTerminal();
    screen.begin(aHeader, startMs);
    screen.server(aServer(1, 'launch', { cutover: startedAt(startMs) }), startMs);
    pass(100_000);
    expect(news()).toContain('facts 99 s old');
    screen.server(
      aServer(1, 'launch', { cutover: startedAt(startMs, { launchStatus: 'LAUNCHED' }) }),
      startMs + 100_000,
    );
    pass(6_000);
    expect(news()).toContain('facts 5 s old');
    screen.heard(startMs + 105_000);
    pass(4_000);
    expect(news()).toContain('facts 4 s old');
  });
});
