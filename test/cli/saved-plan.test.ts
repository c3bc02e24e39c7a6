import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseRunName } from '../../cli/run-name.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from './command-line.ts';

const files = folder();
const place = ['--region', 'us-east-1'];
const input = files.file('wave.json', { waveID });
const web = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const hourMs = 3_600_000;

const templateChange = {
  act: 'ModifyLaunchTemplate',
  atSeconds: 3_600,
  servers: ['web-2'],
  launchTemplate: { instanceType: 'm5.xlarge' },
};
const changing = { ...oneWave(...web), foreignActivity: [templateChange] };

const SavedSchema = v.looseObject({
  savedAt: v.string(),
  hash: v.string(),
  servers: v.record(v.string(), v.record(v.string(), v.string())),
});
const read = (path: string) => v.parse(SavedSchema, JSON.parse(readFileSync(path, 'utf8')));

let count = 0;
const newPath = () => join(files.path, `plan-${String((count += 1))}.json`);

/** A world in which a plan was saved. */
const withPlan = async (scenario: object = oneWave(...web), needsConsent = false) => {
  const world = lastingWorld(scenario, needsConsent);
  const path = newPath();
  const run = (...argv: string[]) => commandLine(argv, { worlds: world.worlds });
  const saved = await run('plan', input, ...place, '--save', path);
  return { world, path, run, saved };
};

describe('plan --save', () => {
  it('keeps the facts of every source server and says how many, with their hash; exit 0', async () => {
    const { path, saved, world } = await withPlan();
    const { hash, savedAt, servers } = read(path);
    expect(saved.exitCode).toBe(0);
    expect(saved.out).toContain(`Saved in ${path}: 2 source servers, SHA-256 ${hash}\n`);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(savedAt).toBe('2026-01-10T22:00:00.000Z');
    expect(Object.values(servers).map((facts) => facts['host name'])).toEqual(
      expect.arrayContaining(['web-1', 'web-2']),
    );
    expect(Object.values(servers)[0]).toMatchObject({
      'launch template': expect.stringMatching(/^lt-/),
      'default template version': '1',
      'instance type': 'm5.large',
      subnets: expect.stringMatching(/^subnet-/),
    });
    expect(world.changes()).toEqual([]);
  });

  it('gives the same hash for the same facts on another day, and another for others', async () => {
    const { path, world, run } = await withPlan(changing);
    const [again, after] = [newPath(), newPath()];
    world.passTime(hourMs / 2);
    await run('plan', input, ...place, '--save', again);
    world.passTime(hourMs);
    await run('plan', input, ...place, '--save', after);
    expect(read(again).hash).toBe(read(path).hash);
    expect(read(after).hash).not.toBe(read(path).hash);
  });

  it('keeps the facts where some are still to be mended, and where the window is not open yet', async () => {
    const window = { opensAt: '2026-01-12T22:00Z', closesAt: '2026-01-13T02:00Z' };
    const early = files.file('early.json', { waveID, window });
    const { worlds } = lastingWorld(oneWave(...web, { hostname: 'db-1', tested: false }));
    const path = newPath();
    const { exitCode, out } = await commandLine(['plan', early, ...place, '--save', path], { worlds });
    expect(exitCode).toBe(2);
    expect(out).toContain('1 blocked');
    expect(Object.keys(read(path).servers)).toHaveLength(3);
  });

  it('tells a program where it is and what its hash is', async () => {
    const { run } = await withPlan();
    const path = newPath();
    const { out } = await run('plan', input, ...place, '--save', path, '--json');
    expect(eventsIn(out)).toMatchObject([
      { type: 'plan', exitCode: 0, saved: { path, servers: 2, hash: read(path).hash } },
    ]);
  });

  it('proves that it can be written before anything is read', async () => {
    const { worlds } = lastingWorld(oneWave(...web));
    const asked = jest.fn(worlds);
    const path = join(files.path, 'nowhere', 'plan.json');
    const { exitCode, err } = await commandLine(['plan', input, ...place, '--save', path], { worlds: asked });
    expect(exitCode).toBe(2);
    expect(err).toContain('--save: ');
    expect(err).toContain('its folder does not exist');
    expect(asked).not.toHaveBeenCalled();
  });

  it('leaves no file where there is no plan', async () => {
    const { worlds } = lastingWorld(oneWave());
    const path = newPath();
    const { exitCode } = await commandLine(['plan', input, ...place, '--save', path], { worlds });
    expect(exitCode).toBe(2);
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(files.path).filter((name) => name.includes('.tmp'))).toEqual([]);
  });

  it('is refused for a run that has begun', async () => {
    const { run, path } = await withPlan();
    await run('run', input, ...place, '--yes', '--name', 'night-1');
    const { exitCode, err } = await run('plan', input, ...place, '--name', 'night-1', '--save', path);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('night-1')]);
  });

  it('does not go together with --compare', async () => {
    const { run, path } = await withPlan();
    const { exitCode, err } = await run('plan', input, ...place, '--save', path, '--compare', path);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('do not go together')]);
  });
});

describe('plan --compare', () => {
  it('finds nothing while nothing has changed; exit 0', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(hourMs / 2);
    const { exitCode, out } = await run('plan', input, ...place, '--compare', path);
    expect(exitCode).toBe(0);
    expect(out).toBe(`Nothing has changed since ${path} was saved at 2026-01-10 22:00 UTC: 2 source servers.\n`);
  });

  it('names every change; exit 2', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(2 * hourMs);
    const { exitCode, out } = await run('plan', input, ...place, '--compare', path);
    expect(exitCode).toBe(2);
    expect(out.split('\n')).toEqual([
      `2 changes since ${path} was saved at 2026-01-10 22:00 UTC:`,
      expect.stringMatching(/^ {2}web-2 \(s-\w+\): default template version: was 1, is 2$/),
      expect.stringMatching(/^ {2}web-2 \(s-\w+\): instance type: was m5\.large, is m5\.xlarge$/),
      '',
    ]);
  });

  it('tells a program each change', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(2 * hourMs);
    const { out } = await run('plan', input, ...place, '--compare', path, '--json');
    expect(eventsIn(out)).toMatchObject([
      {
        type: 'comparison',
        exitCode: 2,
        plan: path,
        savedAt: '2026-01-10T22:00:00.000Z',
        changes: [
          { hostname: 'web-2', change: 'default template version: was 1, is 2' },
          { hostname: 'web-2', change: 'instance type: was m5.large, is m5.xlarge' },
        ],
      },
    ]);
  });

  it('names source servers that came and went', async () => {
    const { path } = await withPlan();
    const { worlds } = lastingWorld(oneWave({ hostname: 'web-1' }, { hostname: 'web-3' }));
    const { exitCode, out } = await commandLine(['plan', input, ...place, '--compare', path], { worlds });
    expect(exitCode).toBe(2);
    expect(out).toMatch(/web-2 \(s-\w+\): was planned, and the input does not lead to it any more/);
    expect(out).toMatch(/web-3 \(s-\w+\): was not planned, and the input leads to it/);
  });

  it.each([
    ['is not there', 'missing.json', undefined, 'there is no such file'],
    ['is something else', 'other.json', { waveID }, 'is no saved plan: '],
    ['was changed by hand', 'changed.json', 'm5.large', 'was changed after it was saved'],
    ['is of another wave', 'wave-2.json', 'wave-7f3a9c2e5b1d8f640', 'is a plan of wave-0f3a9c2e5b1d8f640, not of'],
  ])('refuses a plan that %s', async (_what, name, content, words) => {
    const { path, run } = await withPlan();
    const text = readFileSync(path, 'utf8');
    const replaced = typeof content === 'string' ? text.replace(content, content.replace(/m5|7(?=f)/, '0')) : content;
    const other = replaced === undefined ? join(files.path, name) : files.file(name, replaced);
    const { exitCode, err } = await run('plan', input, ...place, '--compare', other);
    expect(exitCode).toBe(2);
    expect(err).toContain('--compare: ');
    expect(err).toContain(words);
  });
});

describe('run --plan', () => {
  it('begins while nothing has changed, and hands the plan to the run', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(hourMs / 2);
    const { exitCode, out } = await run('run', input, ...place, '--yes', '--name', 'night-1', '--plan', path);
    expect(out).toContain(`Nothing has changed since ${path} was saved at 2026-01-10 22:00 UTC: 2 source servers.`);
    expect(exitCode).toBe(0);
    const record = (await createLedger(world.store).readRun(parseRunName('RUN', 'night-1')))?.value;
    expect(record?.input.plan?.savedAt).toBe('2026-01-10T22:00:00.000Z');
    expect(Object.keys(record?.input.plan?.fingerprints ?? {}).sort()).toEqual(Object.keys(read(path).servers).sort());
  });

  it('is refused with exactly what changed, before anything is touched or recorded; exit 2', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(2 * hourMs);
    const { exitCode, err } = await run('run', input, ...place, '--yes', '--plan', path);
    expect(exitCode).toBe(2);
    expect(err).toContain(`2 changes since ${path} was saved at 2026-01-10 22:00 UTC:\n`);
    expect(err).toMatch(/web-2 \(s-\w+\): instance type: was m5\.large, is m5\.xlarge\n/);
    expect(err).toContain('Nothing was started. If it is meant to be so, save the plan again with plan --save.');
    expect(world.changes()).toEqual([]);
    expect(await world.store.readAll('runs')).toEqual([]);
  });

  it('tells a program what changed', async () => {
    const { world, path, run } = await withPlan(changing);
    world.passTime(2 * hourMs);
    const { out } = await run('run', input, ...place, '--yes', '--plan', path, '--json');
    expect(eventsIn(out)).toMatchObject([
      { type: 'end', exitCode: 2, changes: [{ hostname: 'web-2' }, { hostname: 'web-2' }] },
    ]);
  });

  it('of another plan is another run by name, and the same plan is the same one', async () => {
    const { world, path, run } = await withPlan(undefined, true);
    const name = async (...flags: string[]) =>
      /Plan of (\S+):/.exec((await run('run', input, ...place, ...flags)).out)?.[1];
    const again = newPath();
    world.passTime(60_000);
    await run('plan', input, ...place, '--save', again);
    const [first, same, other, none] = [
      await name('--plan', path),
      await name('--plan', path),
      await name('--plan', again),
      await name(),
    ];
    expect(first).toBe(same);
    expect(new Set([first, other, none]).size).toBe(3);
  });

  it('goes on with what has begun, though facts have changed meanwhile, and says how', async () => {
    const slow = { timings: { variation: 0, conversionSeconds: 3_000 } };
    const { world, path, run } = await withPlan({ ...changing, defaults: slow });
    const argv = ['run', input, ...place, '--yes', '--name', 'night-1', '--plan', path];
    const stopped = await commandLine(argv, {
      worlds: world.worlds,
      onOutput: (text, interrupt) => {
        if (text.includes('conversion')) interrupt();
      },
    });
    expect(stopped.exitCode).toBe(3);
    expect(stopped.out).toContain(`mgn-cutover run ${input} --region us-east-1 --name night-1 --plan ${path}`);
    world.passTime(2 * hourMs);
    expect((await run('plan', input, ...place, '--compare', path)).exitCode).toBe(2);
    const { exitCode } = await run(...argv);
    expect(exitCode).toBe(0);
    expect(world.changes().filter((operation) => operation === 'StartCutover')).toHaveLength(1);
  });

  it('does not go on without the plan it was begun with', async () => {
    const { run, path, world } = await withPlan();
    const argv = ['run', input, ...place, '--yes', '--name', 'night-1'];
    await commandLine([...argv, '--plan', path], {
      worlds: world.worlds,
      onOutput: (text, interrupt) => {
        if (text.includes('conversion')) interrupt();
      },
    });
    const { exitCode, err } = await run(...argv);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('was begun with another input')]);
  });

  it('is refused where INPUT has a plan of its own', async () => {
    const { run, path } = await withPlan();
    const plan = { savedAt: '2026-01-10T22:00:00.000Z', fingerprints: {} };
    const planned = files.file('planned.json', { waveID, plan });
    const { exitCode, err } = await run('run', planned, ...place, '--yes', '--plan', path);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('INPUT has a saved plan of its own')]);
  });
});

describe('with a migration', () => {
  const migration = files.file('migration.json', {
    waves: [
      { name: 'one', waveID },
      { name: 'two', waveID: 'wave-0f3a9c2e5b1d8f640' },
    ],
  });

  it.each([
    ['plan', '--save'],
    ['plan', '--compare'],
    ['run', '--plan'],
  ])('%s %s is refused, and says what to do', async (verb, flag) => {
    const { path, run } = await withPlan();
    const { exitCode, err } = await run(verb, migration, ...place, flag, path);
    expect(exitCode).toBe(2);
    expect(err).toContain(`${flag}: a saved plan is of one wave`);
  });
});

describe('in a rehearsal', () => {
  it('a plan is saved, compared and kept to as it will be on the night', async () => {
    const scenario = files.file('scenario.json', oneWave(...web));
    const path = newPath();
    const where = ['--scenario', scenario];
    expect((await commandLine(['plan', input, ...where, '--save', path])).exitCode).toBe(0);
    expect((await commandLine(['plan', input, ...where, '--compare', path])).exitCode).toBe(0);
    expect((await commandLine(['run', input, ...where, '--plan', path])).exitCode).toBe(0);
    writeFileSync(
      scenario,
      JSON.stringify(oneWave({ hostname: 'web-1', launchTemplate: { defaultVersion: 4 } }, web[1] ?? {})),
    );
    expect((await commandLine(['plan', input, ...where, '--compare', path])).exitCode).toBe(2);
    const { exitCode, err } = await commandLine(['run', input, ...where, '--plan', path]);
    expect(exitCode).toBe(2);
    expect(err).toMatch(/web-1 \(s-\w+\): default template version: was 1, is 4/);
  });
});
