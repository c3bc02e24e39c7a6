/** Migrations on the command line: many waves by one command, and what is left of them afterwards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { commandLine, eventsIn, folder, lastingWorld } from './command-line.ts';

const files = folder();
const waveIDOf = (number: number) => `wave-0000000000000000${String(number)}`;
const scenarioOf = (servers: Readonly<Record<string, object[]>>) => ({
  startTime: '2026-01-10T22:00:00Z',
  defaults: { launchedInstance: 'none', timings: { variation: 0 } },
  waves: Object.entries(servers).map(([name, own], index) => ({
    name,
    waveID: waveIDOf(index + 1),
    applications: [{ name, servers: own }],
  })),
});
const inputOf = (names: readonly string[], rest: object = {}, wave: Readonly<Record<string, object>> = {}) => ({
  waves: names.map((name, index) => ({ name, input: { waveID: waveIDOf(index + 1) }, ...wave[name] })),
  ...rest,
});
const two = { crm: [{ hostname: 'crm-1' }, { hostname: 'crm-2' }], erp: [{ hostname: 'erp-1' }] };
const input = files.file('migration.json', inputOf(['crm', 'erp']));
const scenario = files.file('scenario.json', scenarioOf(two));
const here = ['--region', 'eu-west-1'];

describe('the example migration', () => {
  const example = ['examples/migration.json', '--scenario', 'examples/migration-scenario.json'];

  it('ends as its expectation says, wave by wave, and exits 1 without one', async () => {
    const expected = await commandLine(['run', ...example, '--expect', 'examples/migration-expected.json']);
    expect(expected.out).toContain('All 11 verdicts are as examples/migration-expected.json expects.');
    expect(expected.exitCode).toBe(0);
    const { exitCode, out } = await commandLine(['run', ...example]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/wave pilot: started as run migration-\w{8}-pilot, 2 source servers/);
    expect(out).toContain('PARTIAL: 5 waves: 3 verified, 1 partly or not cut over (shop), 1 not started (reports)');
    expect(out).toContain('not started: it comes after wave "shop", which ended as PARTIAL');
  });

  it('tells a program of waves and source servers as they come on, and the report at the end', async () => {
    const output = join(files.path, 'report.json');
    const { out } = await commandLine(['run', ...example, '--json', '--name', 'move', '--output', output]);
    const events = eventsIn(out);
    const waves = events.filter(({ type }) => type === 'wave');
    expect(waves.map(({ wave, state, outcome }) => [wave, state, outcome])).toEqual([
      ['pilot', 'RUNNING', undefined],
      ['pilot', 'ENDED', 'VERIFIED'],
      ['directory', 'RUNNING', undefined],
      ['directory', 'ENDED', 'VERIFIED'],
      ['crm', 'RUNNING', undefined],
      ['shop', 'RUNNING', undefined],
      ['crm', 'ENDED', 'VERIFIED'],
      ['shop', 'ENDED', 'PARTIAL'],
      ['reports', 'SKIPPED', undefined],
    ]);
    expect(events.find(({ type }) => type === 'server')).toMatchObject({ wave: 'pilot', phase: 'resolved' });
    const report: unknown = JSON.parse(readFileSync(output, 'utf8'));
    expect(events.at(-1)).toMatchObject({ type: 'end', exitCode: 1, outcome: 'PARTIAL', report });
    expect(report).toMatchObject({
      migration: { name: 'move', outcome: 'PARTIAL' },
      waves: [{ name: 'pilot', runID: 'move-pilot', report: { run: { outcome: 'VERIFIED' } } }, {}, {}, {}, {}],
    });
  });

  it('is the same for the same seed', async () => {
    const one = await commandLine(['run', ...example, '--json', '--seed', '5']);
    const again = await commandLine(['run', ...example, '--json', '--seed', '5']);
    expect(again.out).toBe(one.out);
  });

  it('is planned in the order of its start, each wave with its source servers', async () => {
    const { exitCode, out } = await commandLine(['plan', ...example, '--name', 'move']);
    const plans = [...out.matchAll(/Plan of move-(\w+) /g)].map(([, name]) => name);
    expect(plans).toEqual(['pilot', 'directory', 'crm', 'shop', 'reports']);
    expect(out).toContain('pilot  2 source servers  wave-0a1b2c3d4e5f60001  canary');
    expect(out).toContain('Each starts once those before it are verified, up to 2 at once.');
    expect(out).toMatch(/crm-db \(crm\)/);
    expect(exitCode).toBe(0);
  });
});

describe('plan of a migration', () => {
  it('exits 2 when a wave would be refused, and names what blocks it', async () => {
    const blocked = scenarioOf({ ...two, erp: [{ hostname: 'erp-1', tested: false }] });
    const plan = ['plan', input, '--scenario', files.file('blocked.json', blocked)];
    const { exitCode, out } = await commandLine(plan);
    expect(out).toContain('erp-1 (erp)  BLOCKED');
    expect(exitCode).toBe(2);
    const told = await commandLine([...plan, '--json']);
    expect(eventsIn(told.out)).toMatchObject([
      {
        type: 'plan',
        exitCode: 2,
        waves: [
          { wave: 'crm', decision: 'PROCEED' },
          { wave: 'erp', decision: 'REFUSE' },
        ],
      },
    ]);
  });

  it('says that a wave would wait for its window, which is no refusal', async () => {
    const window = { opensAt: '2026-01-11T22:00:00Z', closesAt: '2026-01-12T06:00:00Z' };
    const later = inputOf(['crm', 'erp'], {}, { erp: { input: { waveID: waveIDOf(2), window } } });
    const { exitCode, out } = await commandLine(['plan', files.file('later.json', later), '--scenario', scenario]);
    expect(out).toContain('erp  1 source server  wave-00000000000000002  from 2026-01-11 22:00 UTC');
    expect(out).toContain('The migration waits for its window: ');
    expect(exitCode).toBe(0);
  });
});

describe('run of a migration', () => {
  it('exits 0 when every wave is verified', async () => {
    const { exitCode, out } = await commandLine(['run', input, '--scenario', scenario, '--name', 'move']);
    expect(out).toContain('Migration move: VERIFIED: 2 waves: 2 verified');
    expect(out).toMatch(/^\d\d:\d\d:\d\dZ {2}crm {2}crm-1 +verified/m);
    expect(exitCode).toBe(0);
  });

  it('exits 2 when nothing of any wave was touched', async () => {
    const blocked = scenarioOf({ ...two, crm: [{ hostname: 'crm-1', tested: false }] });
    const { exitCode, out } = await commandLine(['run', input, '--scenario', files.file('none.json', blocked)]);
    expect(out).toContain('REFUSED: 2 waves: 1 refused (crm), 1 not started (erp)');
    expect(exitCode).toBe(2);
  });

  it('exits 3 when a wave needs a person', async () => {
    const stuck = scenarioOf({ ...two, crm: [{ hostname: 'crm-1', cutover: 'stuck' }] });
    const { exitCode, out } = await commandLine(['run', input, '--scenario', files.file('stuck.json', stuck)]);
    expect(out).toContain('NEEDS A PERSON: 2 waves: 1 needing a person (crm), 1 not started (erp)');
    expect(exitCode).toBe(3);
  });

  it.each([
    ['a wrong field in a wave', inputOf(['crm'], {}, { crm: { input: { waveId: 'x' } } }), 'wave "crm": waveId'],
    ['a wave that is not there', inputOf(['crm', 'erp', 'web']), 'wave "web": waveID: MGN knows no'],
    [
      'a circle',
      inputOf(['crm', 'erp'], {}, { crm: { after: ['erp'] }, erp: { after: ['crm'] } }),
      'the waves wait for each other',
    ],
  ])('refuses %s before anything is touched', async (_what, wrong, words) => {
    const { worlds, changes } = lastingWorld(scenarioOf(two));
    const { exitCode, err } = await commandLine(['run', files.file('wrong.json', wrong), ...here], { worlds });
    expect(err).toContain(words);
    expect(exitCode).toBe(2);
    expect(changes()).toEqual([]);
  });

  it('shows a table of the source servers of running waves, under the name of each', async () => {
    const both = files.file('both.json', inputOf(['crm', 'erp'], { wavesAtOnceMax: 2 }));
    const terminal = { isTerminal: true, columns: 100, rows: 24, env: { NO_COLOR: '1' } };
    const { out } = await commandLine(['run', both, '--scenario', scenario, '--speed', '5000'], terminal);
    expect(out).toMatch(/2 waves: 2 under way \(crm, erp\)/);
    expect(out).toMatch(/wave crm[^]*crm-1[^]*crm-2[^]*wave erp[^]*erp-1/);
    expect(out).toContain('Migration migration-');
  });

  it('asks before it starts, with its waves in their order, and starts nothing without a yes', async () => {
    const { worlds, changes } = lastingWorld(scenarioOf(two), true);
    const { exitCode, out, err } = await commandLine(['run', input, ...here], { worlds });
    expect(out).toContain('crm  2 source servers  wave-00000000000000001');
    expect(out).toContain('They start in this order, one after the other. After a wave that is not verified no other');
    expect(err).toContain('Add --yes if that is meant; nothing was touched.');
    expect(exitCode).toBe(2);
    expect(changes()).toEqual([]);
  });

  it('says what became of a migration of that name', async () => {
    const { worlds } = lastingWorld(scenarioOf(two));
    await commandLine(['run', input, ...here, '--name', 'move'], { worlds });
    const { exitCode, err } = await commandLine(['run', input, ...here, '--name', 'move'], { worlds });
    expect(err).toMatch(/A migration named move ended at 2026-01-10T22:\S+: 2 waves: 2 verified\./);
    expect(exitCode).toBe(2);
  });
});

describe('a migration that was interrupted', () => {
  const interrupt = async () => {
    const world = lastingWorld(scenarioOf(two));
    let isAsked = false;
    const stopped = await commandLine(['run', input, ...here, '--name', 'move'], {
      worlds: world.worlds,
      onOutput: (text, ask) => {
        if (isAsked || !/erp-1 +conversion/.test(text)) return;
        isAsked = true;
        ask();
      },
    });
    return { ...world, stopped };
  };

  it('says which wave is left half-way, and the commands that go on and back', async () => {
    const { stopped } = await interrupt();
    expect(stopped.out).toContain('Stopped: 2 waves: 1 verified, 1 under way (erp).');
    expect(stopped.out).toMatch(/Wave erp: Stopped\. MGN’s jobs go on all the same; 1 of 1 source servers/);
    expect(stopped.out).toContain(`mgn-cutover rollback move-erp ${here.join(' ').replace('eu-west-1', 'us-east-1')}`);
    expect(stopped.out).toMatch(/To go on with the migration: mgn-cutover run \S+migration\.json .*--name move/);
    expect(stopped.exitCode).toBe(3);
  });

  it('goes on by the same command, and launches nothing twice', async () => {
    const { worlds, servers } = await interrupt();
    const { exitCode, out } = await commandLine(['run', input, ...here, '--name', 'move'], { worlds });
    expect(out).toContain('Migration move: VERIFIED: 2 waves: 2 verified');
    expect(exitCode).toBe(0);
    expect(servers().map(({ attempts }) => attempts.cutover)).toEqual([1, 1, 1]);
  });

  it('gives its runs back, so that one of them can be brought back by itself', async () => {
    const { worlds, servers } = await interrupt();
    const { exitCode } = await commandLine(['rollback', 'move-erp', ...here], { worlds });
    expect(exitCode).toBe(0);
    const again = await commandLine(['run', input, ...here, '--name', 'move'], { worlds });
    expect(again.out).toContain('2 waves: 1 verified, 1 partly or not cut over (erp)');
    expect(servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual([
      'CUTTING_OVER',
      'CUTTING_OVER',
      'READY_FOR_CUTOVER',
    ]);
  });
});

describe('after a migration', () => {
  const moved = async (servers: Readonly<Record<string, object[]>> = two) => {
    const world = lastingWorld(scenarioOf(servers));
    await commandLine(['run', input, ...here, '--name', 'move'], { worlds: world.worlds });
    return world;
  };

  it('rollback brings all of it back, the last wave first', async () => {
    const { worlds, servers } = await moved();
    const { exitCode, out } = await commandLine(['rollback', 'move', ...here], { worlds });
    expect(exitCode).toBe(0);
    expect(out.indexOf('Wave erp')).toBeGreaterThan(0);
    expect(out.indexOf('Wave erp')).toBeLessThan(out.indexOf('Wave crm'));
    expect(servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual(Array(3).fill('READY_FOR_CUTOVER'));
  });

  it('rollback brings the other waves back where one is finalized, and asks for a person', async () => {
    const { worlds, servers } = await moved();
    await commandLine(['commit', 'move-erp', ...here, '--confirm', 'move-erp'], { worlds });
    const { exitCode, out } = await commandLine(['rollback', 'move', ...here], { worlds });
    expect(out).toMatch(/erp-1 \(s-\w+\) finalized, and that cannot be undone/);
    expect(exitCode).toBe(3);
    expect(servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual([
      'READY_FOR_CUTOVER',
      'READY_FOR_CUTOVER',
      'CUTOVER',
    ]);
  });

  it('rollback takes no single source servers of a migration', async () => {
    const { worlds, changes } = await moved();
    const before = changes().length;
    const { exitCode, err } = await commandLine(['rollback', 'move', ...here, '--server', 'crm-1'], { worlds });
    expect(err).toContain('--server: only for one run, and move is a migration; say mgn-cutover rollback move-crm');
    expect(exitCode).toBe(2);
    expect(changes()).toHaveLength(before);
  });

  it('commit is said of each wave, by the commands it names', async () => {
    const { worlds, changes } = await moved();
    const before = changes().length;
    const { exitCode, err } = await commandLine(['commit', 'move', ...here, '--confirm', 'move'], { worlds });
    expect(err).toContain('move is a migration. Its waves are committed one by one; nothing was touched:');
    expect(err).toMatch(/mgn-cutover commit move-crm .*\n +mgn-cutover commit move-erp /);
    expect(exitCode).toBe(2);
    expect(changes()).toHaveLength(before);
  });

  it('its record in the ledger is free for nobody but those who look', async () => {
    const { store } = await moved();
    const stored = await createLedger(store).readMigration(v.parse(MigrationIDSchema, 'move'));
    expect(stored?.record).toMatchObject({
      end: { outcome: 'VERIFIED' },
      waves: [
        { name: 'crm', sourceServerCount: 2, outcome: 'VERIFIED' },
        { name: 'erp', sourceServerCount: 1 },
      ],
    });
  });
});
