/** Runs that wait for a person, on a command line: `approve`, and `commit` and `rollback` beside a `run` that waits. */
import type { OpenWorld } from '../../cli/world.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { parseRunName } from '../../cli/run-name.ts';
import type { Time } from '../../local/virtual-time.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID, type ProcessOptions } from './command-line.ts';

const files = folder();
const inputOf = (name: string, options: object) =>
  files.file(`${name}.json`, { waveID, options: { checkLaunchTargets: false, ...options } });
const starting = inputOf('starting', { start: 'approve' });
const committing = inputOf('committing', { commit: 'approve' });
const place = ['--region', 'us-east-1'];
const scenario = oneWave({ hostname: 'web-1' }, { hostname: 'web-2' });
const run = (input: string, ...more: string[]) => ['run', input, ...place, '--name', 'night-1', ...more];
const verb = (name: string, ...more: string[]) => [name, 'night-1', ...place, ...more];
const approve = (...more: string[]) => verb('approve', ...more);

type World = ReturnType<typeof lastingWorld>;
type Ended = Awaited<ReturnType<typeof commandLine>>;

/** Runs a wave and, once it says that it waits, further commands one after the other, as from another terminal. */
async function runAnd(
  world: World,
  argv: readonly string[],
  others: readonly (readonly string[])[],
  options: ProcessOptions = {},
): Promise<{ wave: Ended; others: Ended[] }> {
  const ended: Ended[] = [];
  let acting: Promise<void> | undefined;
  const act = async () => {
    for (const other of others) ended.push(await commandLine(other, { worlds: world.worlds }));
  };
  const wave = await commandLine(argv, {
    worlds: world.worlds,
    ...options,
    onOutput: (text, interrupt) => {
      if (acting === undefined && text.includes('waits for a person')) acting = act();
      options.onOutput?.(text, interrupt);
    },
  });
  await acting;
  return { wave, others: ended };
}

/** The same world for commands that take its time for the wall's. */
const asOnTheWall =
  (worlds: OpenWorld): OpenWorld =>
  async (...asked) => {
    const world = await worlds(...asked);
    const realOf = (time: Time): Time => ({
      isVirtual: false,
      now: () => time.now(),
      sleep: (ms) => time.sleep(ms),
      track: (work) => time.track(work),
      hold: (work) => time.hold(work),
    });
    return { ...world, within: (work) => world.within((session) => work({ ...session, time: realOf(session.time) })) };
  };

const statesOf = (world: World) => new Set(world.servers().map(({ lifeCycle }) => lifeCycle?.state));
const runOf = async ({ store }: World) => (await createLedger(store).readRun(parseRunName('RUN', 'night-1')))?.value;

describe('a run that waits for approval', () => {
  it('says until when, what happens then, and the commands', async () => {
    const world = lastingWorld(scenario);
    const { wave } = await runAnd(world, run(starting), []);

    expect(wave.out).toMatch(
      /The run waits for a person to approve its start until 2026-01-11 22:00 UTC; then it is refused/,
    );
    expect(wave.out).toContain('to start: mgn-cutover approve night-1 --region us-east-1');
    expect(wave.out).toContain('to refuse: mgn-cutover approve night-1 --region us-east-1 --refuse');
    expect(wave.out).toContain('Refused, nothing was touched');
    expect(wave.exitCode).toBe(2);
    expect(statesOf(world)).toEqual(new Set(['READY_FOR_CUTOVER']));
  });

  it('says it once, however often it looks', async () => {
    const { wave } = await runAnd(lastingWorld(scenario), run(starting), []);

    expect(wave.out.split('waits for a person')).toHaveLength(2);
  });

  it('starts when it is approved', async () => {
    const world = lastingWorld(scenario);
    const { wave, others } = await runAnd(world, run(starting), [approve()]);

    expect(others[0]?.out).toContain(`Approval of night-1 in LIVE us-east-1: ${waveID}`);
    expect(others[0]?.out).toContain('2 of 2 source servers were ready when it was checked');
    expect(others[0]?.out).toMatch(/The start of night-1 is approved since 2026-01-10 22:\d\d UTC. The run goes on/);
    expect(others[0]?.exitCode).toBe(0);
    expect(wave.exitCode).toBe(0);
    expect(statesOf(world)).toEqual(new Set(['CUTTING_OVER']));
  });

  it('has heard of it fifteen seconds later on the wall’s time, where it is in the ledger only', async () => {
    const world = lastingWorld(scenario);
    const onTheWall = { ...world, worlds: asOnTheWall(world.worlds) };
    const { wave, others } = await runAnd(onTheWall, run(starting, '--json'), [approve()]);
    const at = (type: string) => eventsIn(wave.out).filter((event) => event.type === type);

    expect(others[0]?.exitCode).toBe(0);
    const [asked, answered] = at('waiting').map((event) => Date.parse(String(event['at'])));
    expect((answered ?? 0) - (asked ?? 0)).toBe(15_000);
    expect(wave.exitCode).toBe(0);
  });

  it('ends when it is refused', async () => {
    const world = lastingWorld(scenario);
    const { wave, others } = await runAnd(world, run(starting), [approve('--refuse')]);

    expect(others[0]?.out).toContain('The start of night-1 is refused since');
    expect(others[0]?.exitCode).toBe(0);
    expect(wave.out).toContain('a person refused the start');
    expect(wave.exitCode).toBe(2);
    expect(statesOf(world)).toEqual(new Set(['READY_FOR_CUTOVER']));
  });

  it('takes the same word twice, and no other after the first', async () => {
    const { others } = await runAnd(lastingWorld(scenario), run(starting), [approve(), approve(), approve('--refuse')]);

    expect(others.map(({ exitCode }) => exitCode)).toEqual([0, 0, 2]);
    expect(others[2]?.err).toMatch(/The start of night-1 was approved at .* by arn:aws:states:.*Nothing was changed./);
  });

  it('asks a person first', async () => {
    const world = lastingWorld(scenario, true);
    const { wave, others } = await runAnd(world, run(starting, '--yes'), [approve(), approve('--yes')]);

    expect(others[0]?.err).toContain('Add --yes if that is meant; nothing was touched.');
    expect(others[0]?.exitCode).toBe(2);
    expect(others[1]?.exitCode).toBe(0);
    expect(wave.exitCode).toBe(0);
  });

  it('tells programs', async () => {
    const { wave, others } = await runAnd(lastingWorld(scenario), run(starting, '--json'), [approve('--json')]);
    const waiting = eventsIn(wave.out).filter(({ type }) => type === 'waiting');

    expect(waiting).toEqual([
      expect.objectContaining({ lines: expect.arrayContaining([expect.stringContaining('mgn-cutover approve')]) }),
      expect.objectContaining({ lines: [] }),
    ]);
    expect(eventsIn(others[0]?.out ?? '').at(-1)).toMatchObject({ type: 'end', exitCode: 0 });
  });

  it('cannot be worked on by another run, commit or rollback meanwhile', async () => {
    const world = lastingWorld(scenario);
    const others = [run(starting), verb('rollback'), verb('commit', '--confirm', 'night-1')];
    const { others: refused } = await runAnd(world, run(starting), others);

    expect(refused.map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
    for (const { err } of refused) expect(err).toContain('Run night-1 is being worked on by process');
  });
});

describe('approve of a run that waits for no approval', () => {
  it.each<[string, string, readonly string[], string]>([
    ['was told to start at once', inputOf('now', {}), [], 'waits for nobody’s approval (options.start is "now")'],
    ['has ended unanswered', starting, [], 'Run night-1 has ended: 2 source servers: 2 not started.'],
  ])('that %s is refused: exit 2', async (_what, input, more, message) => {
    const world = lastingWorld(scenario);
    await commandLine(run(input, ...more), { worlds: world.worlds });
    const { exitCode, err } = await commandLine(approve(), { worlds: world.worlds });

    expect(err).toContain(input === starting ? message : 'Run night-1 has ended');
    expect(err).toContain('Nothing was changed.');
    expect(exitCode).toBe(2);
  });

  it('that waits for a commit names what it waits for', async () => {
    const { others } = await runAnd(lastingWorld(scenario), run(committing), [approve()]);

    expect(others[0]?.err).toContain('waits for a commit or a rollback: mgn-cutover commit night-1 --region us-east-1');
    expect(others[0]?.exitCode).toBe(2);
  });

  it('that nobody knows is refused', async () => {
    const world = lastingWorld(scenario);
    await commandLine(run(inputOf('now', {})), { worlds: world.worlds });
    const { exitCode, err } = await commandLine(['approve', 'night-2', ...place], { worlds: world.worlds });

    expect(err).toContain('there is no run night-2');
    expect(exitCode).toBe(2);
  });
});

describe('a run that waits for a commit', () => {
  const commit = (...more: string[]) => verb('commit', '--confirm', 'night-1', ...more);

  it('says until when, what happens then, and the commands', async () => {
    const world = lastingWorld(scenario);
    const { wave } = await runAnd(world, run(committing), []);

    expect(wave.out).toMatch(/waits for a person to commit it or bring it back until 2026-01-17 22:\d\d UTC; then the/);
    expect(wave.out).toContain(
      'to keep what is verified (cannot be undone): mgn-cutover commit night-1 --region us-east-1',
    );
    expect(wave.out).toContain('to bring it back: mgn-cutover rollback night-1 --region us-east-1');
    expect(wave.out).toContain('nobody committed by');
    expect(wave.exitCode).toBe(0);
    expect(statesOf(world)).toEqual(new Set(['CUTTING_OVER']));
  });

  it('ends with what another terminal has committed', async () => {
    const world = lastingWorld(scenario);
    const { wave, others } = await runAnd(world, run(committing), [commit()]);

    expect(others[0]?.out).toContain('The run waits for this and goes on with it.');
    expect(others[0]?.exitCode).toBe(0);
    expect(wave.out).toContain('Finalized: 2 source servers: 2 finalized');
    expect(wave.exitCode).toBe(0);
    expect(statesOf(world)).toEqual(new Set(['CUTOVER']));
  });

  it('ends with what another terminal has brought back', async () => {
    const world = lastingWorld(scenario);
    const { wave, others } = await runAnd(world, run(committing), [verb('rollback')]);

    expect(others[0]?.exitCode).toBe(0);
    expect(wave.out).toContain('Not cut over: 2 source servers: 2 rolled back');
    expect(wave.exitCode).toBe(1);
    expect(statesOf(world)).toEqual(new Set(['READY_FOR_CUTOVER']));
  });

  it('is told what the commit of some servers means for the others', async () => {
    const world = lastingWorld(scenario);
    const { wave, others } = await runAnd(world, run(committing), [commit('--server', 'web-2')]);

    expect(others[0]?.out).toContain('1 source server stay verified, and then nothing brings them back by itself.');
    expect(wave.out).toContain('Verified: 2 source servers: 1 finalized, 1 verified');
    expect(wave.exitCode).toBe(0);
  });

  it('still asks for the run’s name, and for nothing less', async () => {
    const world = lastingWorld(scenario);
    const { others } = await runAnd(world, run(committing), [verb('commit'), verb('commit', '--yes')]);

    expect(others[0]?.err).toContain('Add --confirm night-1 if that is meant; nothing was touched.');
    expect(others[1]?.err).toContain("unknown option '--yes'");
    expect((await runOf(world))?.commits).toBeUndefined();
  });

  it('is still being worked on for a second run of it', async () => {
    const { others } = await runAnd(lastingWorld(scenario), run(committing), [run(committing)]);

    expect(others[0]?.err).toContain('Run night-1 is being worked on by process');
    expect(others[0]?.exitCode).toBe(2);
  });

  it('warns of a source that is still written to', async () => {
    const changes = [
      { atSeconds: 4_000, state: 'BACKLOG', backloggedBytes: 1_000_000 },
      { atSeconds: 8_000, backloggedBytes: 2_000_000 },
    ];
    const world = lastingWorld(oneWave({ hostname: 'web-1', changes }, { hostname: 'web-2' }));
    const { wave } = await runAnd(world, run(committing), []);

    expect(wave.out).toMatch(/Z {2}web-1 +verified +the source is still being written to: its agent was seen at/);
    expect(wave.out).not.toMatch(/Z {2}web-2 +verified +the source/);
  });

  it('that is stopped says how it is committed all the same', async () => {
    const world = lastingWorld(scenario);
    const { wave } = await runAnd(world, run(committing), [], {
      onOutput: (text, interrupt) => {
        if (text.includes('to bring it back')) interrupt();
      },
    });

    expect(wave.exitCode).toBe(3);
    expect(wave.out.slice(wave.out.indexOf('Next steps:'))).toContain(
      'to keep what is verified (cannot be undone): mgn-cutover commit night-1 --region us-east-1',
    );
    const kept = await commandLine(commit(), { worlds: world.worlds });
    expect(kept.exitCode).toBe(0);
    expect(statesOf(world)).toEqual(new Set(['CUTOVER']));
  });
});
