import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FullReport } from '../../cli/full-report.ts';
import { parseRunName } from '../../cli/run-name.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from './command-line.ts';

const files = folder();
const input = files.file('wave.json', { waveID, options: { failurePolicy: { application: 'independent' } } });
const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const place = ['--region', 'us-east-1'];
const run = ['run', input, ...place, '--name', 'night-1'];
const commit = ['commit', 'night-1', ...place];
const confirmed = [...commit, '--confirm', 'night-1'];
const rollback = ['rollback', 'night-1', ...place];

/** An account after the run has ended. */
const afterRun = async (scenario: object = oneWave(...servers)) => {
  const world = lastingWorld(scenario);
  await commandLine(run, { worlds: world.worlds });
  const statesOf = (): Record<string, string | undefined> =>
    Object.fromEntries(
      world
        .servers()
        .map(({ sourceProperties, lifeCycle }): [string, string | undefined] => [
          sourceProperties?.identificationHints?.hostname ?? '',
          lifeCycle?.state,
        ]),
    );
  const finalizes = () => world.changes().filter((operation) => operation === 'FinalizeCutover').length;
  return { ...world, statesOf, finalizes };
};

const both = (state: string) => ({ 'web-1': state, 'web-2': state });

describe('commit on a terminal', () => {
  it('shows what it would finalize and since when it is verified, and that there is no way back', async () => {
    const { worlds, passTime, finalizes } = await afterRun(
      oneWave(...servers, { hostname: 'bad', cutover: 'launchFailed' }),
    );
    passTime(3 * 3_600_000 + 12 * 60_000);
    const { out } = await commandLine(commit, { worlds, isAnswerable: true, stdin: '' });
    expect(out).toContain('Commit of night-1 in LIVE us-east-1 finalizes 2 source servers:');
    expect(out).toMatch(/ {2}web-1 {2}shop {2}i-[0-9a-f]+ {2}verified 3 h \d+ min ago/);
    expect(out).not.toMatch(/ {2}bad {2}shop/);
    expect(out).toContain('The run as a whole has 3 source servers: 2 verified, 1 rolled back.');
    expect(out).toContain('This cannot be undone');
    expect(out).toContain('Type night-1 to finalize 2 source servers: ');
    expect(finalizes()).toBe(0);
  });

  it('finalizes when the run’s name is typed', async () => {
    const { worlds, statesOf } = await afterRun();
    const { exitCode, out } = await commandLine(commit, { worlds, isAnswerable: true, stdin: 'night-1\n' });
    expect(exitCode).toBe(0);
    expect(out).toContain('Finalized as asked: 2 of 2.');
    expect(out).toContain('Finalized: 2 source servers: 2 finalized');
    expect(out).not.toContain('Next steps');
    expect(statesOf()).toEqual(both('CUTOVER'));
  });

  it.each(['y\n', 'yes\n', 'night-2\n', 'Night-1\n', 'night-1 \n', 'night-11\n', '\n', ''])(
    'touches nothing when %j is typed: exit 2',
    async (stdin) => {
      const { worlds, statesOf, store } = await afterRun();
      const before = await createLedger(store).readRun(parseRunName('RUN', 'night-1'));
      const { exitCode, err } = await commandLine(commit, { worlds, isAnswerable: true, stdin });
      expect(exitCode).toBe(2);
      expect(err).toContain('That is not the name; nothing was touched.');
      expect(statesOf()).toEqual(both('CUTTING_OVER'));
      const after = await createLedger(store).readRun(parseRunName('RUN', 'night-1'));
      expect(after?.value.end).toEqual(before?.value.end);
      expect(after?.value.commits).toBeUndefined();
    },
  );

  it('takes --confirm for the typed name', async () => {
    const { worlds, statesOf } = await afterRun();
    const { exitCode, out } = await commandLine(confirmed, { worlds, isAnswerable: true, stdin: '' });
    expect(exitCode).toBe(0);
    expect(out).not.toContain('Type night-1');
    expect(statesOf()).toEqual(both('CUTOVER'));
  });
});

describe('commit where nobody can be asked', () => {
  it('is refused without --confirm, and says what to add: exit 2', async () => {
    const { worlds, finalizes } = await afterRun();
    const { exitCode, err } = await commandLine(commit, { worlds, stdin: 'night-1\n' });
    expect(exitCode).toBe(2);
    expect(err).toContain('Add --confirm night-1 if that is meant; nothing was touched.');
    expect(finalizes()).toBe(0);
  });

  it('is refused with another name', async () => {
    const { worlds, finalizes } = await afterRun();
    const { exitCode, err } = await commandLine([...commit, '--confirm', waveID], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain(`--confirm: "${waveID}" is not the name, which is night-1; nothing was touched.`);
    expect(finalizes()).toBe(0);
  });

  it('knows no --yes', async () => {
    const { worlds, finalizes } = await afterRun();
    const { exitCode, err } = await commandLine([...commit, '--yes'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain("unknown option '--yes'");
    expect(finalizes()).toBe(0);
  });

  it('tells programs: the report says which and when', async () => {
    const { worlds } = await afterRun();
    const output = join(files.path, 'commit.json');
    const { out } = await commandLine([...confirmed, '--json', '--output', output], { worlds });
    const report: FullReport = JSON.parse(readFileSync(output, 'utf8'));
    expect(eventsIn(out).at(-1)).toMatchObject({ type: 'end', exitCode: 0, outcome: 'FINALIZED' });
    expect(report.servers.map(({ verdict }) => verdict)).toEqual(['FINALIZED', 'FINALIZED']);
    expect(report.servers[0]?.timings.finalizedAt).toMatch(/^2026-01-1/);
  });
});

describe('what is left to do after a run', () => {
  it('names the commit with the way to this very ledger', async () => {
    const { worlds } = lastingWorld(oneWave(...servers));
    const flags = '--endpoint http://127.0.0.1:8080 --region us-east-1 --ledger here.sqlite';
    const elsewhere: typeof worlds = async (...how) => ({ ...(await worlds(...how)), flags });
    const { out } = await commandLine(run, { worlds: elsewhere });
    expect(out).toContain(`to keep what is verified (cannot be undone): mgn-cutover commit night-1 ${flags}`);
    expect(out).toContain(`to bring it back: mgn-cutover rollback night-1 ${flags}`);
  });
});

describe('commit of selected servers', () => {
  it('finalizes only those, by host name or ID, and leaves the others to be decided', async () => {
    const { worlds, statesOf } = await afterRun();
    const { exitCode, out } = await commandLine([...confirmed, '--server', 'web-2'], { worlds });
    expect(exitCode).toBe(0);
    expect(out).toContain('finalizes 1 source server:');
    expect(out).toContain('Finalized as asked: 1 of 1.');
    expect(out).toContain('Verified: 2 source servers: 1 finalized, 1 verified');
    expect(out).toContain('mgn-cutover commit night-1 --region us-east-1');
    expect(statesOf()).toEqual({ 'web-1': 'CUTTING_OVER', 'web-2': 'CUTOVER' });

    const back = await commandLine(rollback, { worlds });
    expect(back.out).toContain('Finalized and out of reach: web-2');
    expect(statesOf()).toEqual({ 'web-1': 'READY_FOR_CUTOVER', 'web-2': 'CUTOVER' });
  });

  it('refuses a server that is not of the run, naming those that are', async () => {
    const { worlds } = await afterRun();
    const { exitCode, err } = await commandLine([...confirmed, '--server', 'web-9'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/--server: web-9 is not part of run night-1; it has .*web-1/);
  });

  it('refuses a server that was not verified, and finalizes none of the others', async () => {
    const { worlds, finalizes } = await afterRun(oneWave(...servers, { hostname: 'bad', cutover: 'launchFailed' }));
    const { exitCode, err } = await commandLine([...confirmed, '--server', 'web-1', 'bad'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/Only what run night-1 verified can be finalized: bad \(s-\w+\) is ROLLED_BACK/);
    expect(finalizes()).toBe(0);
  });
});

describe('commit again', () => {
  it('has nothing left to do and asks nobody: exit 0', async () => {
    const { worlds, finalizes } = await afterRun();
    await commandLine(confirmed, { worlds });
    const { exitCode, out } = await commandLine(commit, { worlds });
    expect(exitCode).toBe(0);
    expect(out).toContain('Nothing is left to finalize in run night-1: all that was asked for is finalized already.');
    expect(finalizes()).toBe(2);
  });

  it('after everything was brought back is refused', async () => {
    const { worlds } = await afterRun();
    await commandLine(rollback, { worlds });
    const { exitCode, err } = await commandLine(confirmed, { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('Run night-1 has no verified source server');
  });

  it('while a rollback is unfinished is refused, with the command that finishes it', async () => {
    const { worlds, finalizes } = await afterRun();
    let isDone = false;
    await commandLine(rollback, {
      worlds,
      onOutput: (text, interrupt) => {
        if (!isDone && text.includes('rolling back')) interrupt();
        isDone ||= text.includes('rolling back');
      },
    });
    const { exitCode, err } = await commandLine(confirmed, { worlds });
    expect(exitCode).toBe(2);
    expect(err).toMatch(/A rollback of run night-1 is not finished.*mgn-cutover rollback night-1 --region us-east-1/);
    expect(finalizes()).toBe(0);
  });

  it('names the runs it knows when it does not know this one', async () => {
    const { worlds } = await afterRun();
    const { exitCode, err } = await commandLine(['commit', 'night-2', ...place, '--confirm', 'night-2'], { worlds });
    expect(exitCode).toBe(2);
    expect(err).toContain('there is no run night-2 in ledger.sqlite; it knows night-1.');
  });
});

describe('commit of a run that somebody worked on in the console', () => {
  const reverted = {
    ...oneWave(...servers),
    foreignActivity: [
      { act: 'ChangeServerLifeCycleState', state: 'READY_FOR_CUTOVER', servers: ['web-2'], atSeconds: 7_200 },
    ],
  };

  it('leaves the reverted server alone and asks for a person: exit 3', async () => {
    const { worlds, passTime, statesOf } = await afterRun(reverted);
    passTime(7_200_000);
    const { exitCode, out } = await commandLine(confirmed, { worlds });
    expect(exitCode).toBe(3);
    expect(out).toContain('Finalized as asked: 1 of 2.');
    expect(out).toMatch(/! web-2 {2}NEEDS A PERSON/);
    expect(statesOf()).toEqual({ 'web-1': 'CUTOVER', 'web-2': 'READY_FOR_CUTOVER' });
  });
});

describe('commit that MGN will not let through', () => {
  it('leaves the servers verified, says so and exits 1; again finishes it', async () => {
    const world = await afterRun();
    world.simulator.faults().add({ fault: 'throttle', operation: 'FinalizeCutover' });
    const first = await commandLine(confirmed, { worlds: world.worlds });
    expect(first.exitCode).toBe(1);
    expect(first.out).toContain('Finalized as asked: 0 of 2.');
    expect(first.out).toContain('Cut over, but not all of it finalized as asked: 2 source servers: 2 verified');
    expect(first.out).toContain('mgn-cutover commit night-1 --region us-east-1');

    world.simulator.faults().clear();
    const second = await commandLine(confirmed, { worlds: world.worlds });
    expect(second.exitCode).toBe(0);
    expect(world.statesOf()).toEqual(both('CUTOVER'));
  });
});

describe('commit that is stopped', () => {
  it('before anything was finalized has touched nothing: exit 2', async () => {
    const { worlds, statesOf, store } = await afterRun();
    const { exitCode, out } = await commandLine(confirmed, {
      worlds,
      onOutput: (text, interrupt) => {
        // The first word of the execution, before its first step.
        if (/web-1.*verified/.test(text)) queueMicrotask(interrupt);
      },
    });
    expect(exitCode).toBe(2);
    expect(out).toContain('Stopped before anything was finalized; nothing was touched.');
    expect(statesOf()).toEqual(both('CUTTING_OVER'));
    expect((await createLedger(store).readRun(parseRunName('RUN', 'night-1')))?.value.commits).toBeUndefined();
  });

  it('says how much is finalized and both ways on: exit 3; and goes on from there', async () => {
    const world = await afterRun();
    let isDone = false;
    const stopped = await commandLine(confirmed, {
      worlds: world.worlds,
      onOutput: (text, interrupt) => {
        if (isDone || !/web-\d.*finalized/.test(text)) return;
        isDone = true;
        interrupt();
      },
    });
    expect(stopped.exitCode).toBe(3);
    expect(stopped.out).toMatch(/Stopped. Finalized as asked: [12] of 2; the others are as they were./);
    expect(stopped.out).toContain('to go on (cannot be undone): mgn-cutover commit night-1 --region us-east-1');
    expect(stopped.out).toContain(
      'to bring back what is not finalized: mgn-cutover rollback night-1 --region us-east-1',
    );

    const again = await commandLine(confirmed, { worlds: world.worlds });
    expect(again.exitCode).toBe(0);
    expect(world.statesOf()).toEqual(both('CUTOVER'));
    expect((await createLedger(world.store).readRun(parseRunName('RUN', 'night-1')))?.value.end?.outcome).toBe(
      'FINALIZED',
    );
  });
});
