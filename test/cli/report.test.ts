import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withStack } from '../support/stack-on-loopback.ts';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from './command-line.ts';
import { aNight, onStack } from './stack/night.ts';

jest.setTimeout(60_000);

const files = folder();
const scenarioInput = oneWave({ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' });
const wave = files.file('wave.json', { waveID, options: { failurePolicy: { application: 'independent' } } });
const scenario = files.file('scenario.json', scenarioInput);
const path = (name: string) => join(files.path, name);
const read = (name: string) => readFileSync(path(name), 'utf8');

describe('report RUN', () => {
  it('writes the HTML file of a run in the ledger, says where it is, and calls nothing', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes'], world);
    const changes = world.changes().length;
    const { exitCode, out } = await commandLine(
      ['report', 'night-1', '--html', path('night.html'), '--region', 'us-east-1'],
      world,
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^Report of run night-1: \S+night\.html \(\d+ kB\)\n$/);
    expect(read('night.html')).toMatch(/^<!DOCTYPE html><html lang="en">/);
    expect(read('night.html').includes('<title>LIVE: cutover run night-1</title>')).toBe(true);
    expect(world.changes()).toHaveLength(changes);
  });

  it('calls it live without a flag where a command of here worked at AWS, and not where nobody knows', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes'], world);
    await commandLine(['report', 'night-1', '--html', path('placed.html')], world);
    expect(read('placed.html').includes('<title>LIVE: cutover run night-1</title>')).toBe(true);

    await world.store.write([{ partition: 'process#night-1', sort: 'place', expect: 'any' }]);
    await commandLine(['report', 'night-1', '--html', path('unplaced.html')], world);
    expect(read('unplaced.html').includes('<title>FROM THE LEDGER: cutover run night-1</title>')).toBe(true);
  });

  it('writes JSON alone where that is asked for, the same with --json', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes'], world);
    const before = readdirSync('.');
    await commandLine(['report', 'night-1', '--output', path('night.json')], world);
    const { out } = await commandLine(['report', 'night-1', '--json'], world);
    const [event] = eventsIn(out);
    expect(event).toMatchObject({ type: 'report', report: { run: { name: 'night-1', outcome: 'PARTIAL' } } });
    expect(JSON.parse(read('night.json'))).toMatchObject({ run: { name: 'night-1', outcome: 'PARTIAL' } });
    expect(readdirSync('.')).toEqual(before);
  });

  it('tells a run that has not ended, as of now', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes'], {
      ...world,
      onOutput: (text, interrupt) => {
        if (text.includes('conversion')) interrupt();
      },
    });
    const { exitCode, out } = await commandLine(['report', 'night-1', '--html', path('open.html')], world);
    expect([exitCode, out]).toEqual([0, expect.stringContaining('Report of run night-1, which has not ended: ')]);
    expect(read('open.html')).toMatch(/This is how it stood as of 2026-01-10 22:/);
  });

  it('refuses a run that nobody knows, naming those there are', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes'], world);
    const { exitCode, err } = await commandLine(['report', 'night-2'], world);
    expect([exitCode, err]).toEqual([
      2,
      expect.stringContaining('there is no run night-2 in ledger.sqlite; it knows night-1'),
    ]);
  });

  it('refuses before anything is read where the file cannot be written', async () => {
    const { exitCode, err } = await commandLine(['report', 'night-1', '--html', path('no/such/folder.html')]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('its folder does not exist')]);
  });

  it('needs a run or a file', async () => {
    const { exitCode, err } = await commandLine(['report']);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('say which run, as list names it, or --from FILE')]);
  });
});

describe('report --stack', () => {
  it('reads the ledger of the stack', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(900_000);
      const { exitCode, out } = await stack.run(['report', 'night-1', '--html', path('stack.html'), ...onStack]);
      expect([exitCode, out]).toEqual([0, expect.stringContaining('Report of run night-1: ')]);
      expect(read('stack.html').includes('<strong>LIVE</strong> <span>STACK MgnCutover in eu-central-1')).toBe(true);
      expect(read('stack.html').includes('mgn-cutover commit night-1 --stack MgnCutover --region eu-central-1')).toBe(
        true,
      );
    });
  });

  it('has a ledger of its own', async () => {
    const { exitCode, err } = await commandLine(['report', 'night-1', ...onStack, '--ledger', 'ledger.sqlite']);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('the stack has its own')]);
  });
});

describe('run --report', () => {
  it('writes the page of a rehearsal, and says so after the summary', async () => {
    const { out } = await commandLine([
      'run',
      wave,
      '--scenario',
      scenario,
      '--name',
      'night-1',
      '--report',
      path('rehearsal.html'),
    ]);
    expect(out.split('\n').at(-2)).toMatch(/^Report of run night-1: \S+rehearsal\.html \(\d+ kB\)$/);
    expect(read('rehearsal.html').includes('<title>REHEARSAL: cutover run night-1</title>')).toBe(true);
    expect(read('rehearsal.html').includes('State machine wave-cutover')).toBe(true);
  });

  it('writes the page of a run that was interrupted', async () => {
    const world = lastingWorld(scenarioInput);
    await commandLine(
      ['run', wave, '--region', 'us-east-1', '--name', 'night-1', '--yes', '--report', path('cut.html')],
      {
        ...world,
        onOutput: (text, interrupt) => {
          if (text.includes('conversion')) interrupt();
        },
      },
    );
    expect(read('cut.html').includes('The run has not ended.')).toBe(true);
  });

  it('refuses before anything is started where it cannot be written', async () => {
    const { exitCode, out } = await commandLine([
      'run',
      wave,
      '--scenario',
      scenario,
      '--report',
      path('no/such/folder.html'),
    ]);
    expect([exitCode, out]).toEqual([2, '']);
  });

  it('writes a page for each wave of a migration', async () => {
    const argv = ['run', 'examples/migration.json', '--scenario', 'examples/migration-scenario.json', '--name', 'move'];
    const { out } = await commandLine([...argv, '--report', path('move.html'), '--output', path('move.json')]);
    const pages = readdirSync(files.path).filter((name) => /^move-.*\.html$/.test(name));
    expect(pages).toEqual([
      'move-move-crm.html',
      'move-move-directory.html',
      'move-move-pilot.html',
      'move-move-shop.html',
    ]);
    expect(out.match(/^Report of run /gm)).toHaveLength(4);
    const again = await commandLine(['report', '--from', path('move.json'), '--html', path('again.html')]);
    expect([again.exitCode, again.out.match(/^Report of run /gm)?.length]).toEqual([0, 4]);
    expect(existsSync(path('again-move-crm.html'))).toBe(true);
  });
});

describe('report --from', () => {
  const from = async (document: unknown) => {
    const kept = files.file('kept.json', document);
    return commandLine(['report', '--from', kept, '--html', path('kept.html')]);
  };
  const aRehearsal = async () => {
    await commandLine([
      'run',
      wave,
      '--scenario',
      scenario,
      '--name',
      'night-1',
      '--output',
      path('made.json'),
      '--report',
      path('made.html'),
    ]);
    const kept: Record<string, unknown> = JSON.parse(read('made.json'));
    return kept;
  };
  /** Without the data in it, whose members may come in another order. */
  const shown = (name: string) => read(name).replace(/<script type="text\/plain" id="data"[^>]*>[^<]*/, '');

  it('makes the same page from the report that was kept', async () => {
    const { exitCode } = await from(await aRehearsal());
    expect(exitCode).toBe(0);
    expect(shown('kept.html') === shown('made.html')).toBe(true);
  });

  it('takes the last event of --json', async () => {
    await aRehearsal();
    const { out } = await commandLine(['run', wave, '--scenario', scenario, '--name', 'night-1', '--json']);
    const { exitCode } = await from(eventsIn(out).at(-1));
    expect(exitCode).toBe(0);
    expect(shown('kept.html') === shown('made.html')).toBe(true);
  });

  it('takes the evidence of a stack, and reports from before phases, evidence and requests were kept', async () => {
    const { world, servers, ...report } = await aRehearsal();
    expect(world).toBeDefined();
    const older = JSON.parse(JSON.stringify(servers), (key: string, value: unknown) =>
      ['phases', 'evidence', 'rollbackProblems', 'requestIDs', 'planned'].includes(key) ? undefined : value,
    );
    const executionID = 'arn:aws:states:eu-west-1:111122223333:execution:MgnCutover-wave-cutover:night-1';
    const { exitCode } = await from({
      execution: { executionID },
      standing: 'ENDED',
      report: { ...report, servers: older },
    });
    expect(exitCode).toBe(0);
    expect(read('kept.html').includes('<title>LIVE: cutover run night-1</title>')).toBe(true);
    expect(read('kept.html').includes(executionID)).toBe(true);
  });

  it.each([
    ['not JSON', '{"run":', /is not JSON/],
    ['no report', { name: 'night-1' }, /it is not a report of a run: run is missing; servers is missing/],
    ['a name that leads elsewhere', { run: { name: '../../home' }, servers: [] }, /run\.name: expected a run name/],
    ['a wrong time', { run: { startedAt: 'yesterday' }, servers: [] }, /run\.startedAt: expected a time such as/],
    ['waves without a report', { waves: [{ name: 'one' }] }, /no wave was started/],
  ])('refuses %s, and says what is wrong', async (_what, document, words) => {
    const { exitCode, err } = await from(document);
    expect([exitCode, err]).toEqual([2, expect.stringMatching(words)]);
  });

  it('stands alone', async () => {
    const { exitCode, err } = await commandLine(['report', 'night-1', '--from', 'night.json']);
    expect([exitCode, err]).toEqual([2, expect.stringContaining('--from stands instead of RUN')]);
  });
});
