import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseRunName } from '../../../cli/run-name.ts';
import type { OpenWorld } from '../../../cli/world.ts';
import { AccessDeniedError } from '../../../functions/domain/errors.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { commandLine, eventsIn, folder, lastingWorld, waveID } from '../command-line.ts';
import { aNight, onStack, stackFlags } from './night.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const startIt = (path: string, ...flags: string[]) => [
  'start',
  input,
  ...onStack,
  '--name',
  'night-1',
  '--plan',
  path,
  ...flags,
];
const templateChange = {
  act: 'ModifyLaunchTemplate',
  atSeconds: 3_600,
  servers: ['web-1'],
  launchTemplate: { instanceType: 'm5.xlarge' },
};
const scenario = { ...aNight({ hostname: 'web-1' }), foreignActivity: [templateChange] };
const startsOf = (stack: LoopbackStack) => stack.calls.filter(({ operation }) => operation === 'StartExecution');

/** A plan saved as the night begins, by somebody who may read MGN. */
const savePlan = async () => {
  const path = join(files.path, `plan-${String(Math.random()).slice(2)}.json`);
  await commandLine(['plan', input, '--region', 'eu-central-1', '--save', path], {
    worlds: lastingWorld(scenario).worlds,
  });
  return path;
};

/** The stack's world, in which this caller may read MGN, or may not. */
const worldsOf =
  (stack: LoopbackStack, mayRead: boolean): OpenWorld =>
  async (flags, use, io) => {
    const { services } = stack.simulated;
    const denied = () => {
      throw new AccessDeniedError('not authorized to perform: mgn:ListWaves');
    };
    return {
      ...(await stack.worlds(flags, use, io)),
      within: (work) => work({ services: mayRead ? services : { ...services, mgn: denied }, time: stack.time }),
    };
  };

const InputSchema = v.looseObject({ input: v.pipe(v.string(), v.parseJson()) });

describe('start --plan', () => {
  it('compares, and hands the plan to the execution', async () => {
    const path = await savePlan();
    await withStack(scenario, async (stack) => {
      const { exitCode, out } = await stack.run(startIt(path), { worlds: worldsOf(stack, true) });
      expect(out).toContain(`Nothing has changed since ${path} was saved at 2026-01-10 22:00 UTC: 1 source server.`);
      expect(exitCode).toBe(0);
      const { savedAt } = v.parse(v.object({ savedAt: v.string() }), JSON.parse(readFileSync(path, 'utf8')));
      expect(v.parse(InputSchema, startsOf(stack)[0]?.body).input).toMatchObject({ waveID, plan: { savedAt } });
    });
  });

  it('starts nothing where something has changed, and says what; exit 2', async () => {
    const path = await savePlan();
    await withStack(scenario, async (stack) => {
      await stack.time.sleep(7_200_000);
      const { exitCode, err } = await stack.run(startIt(path), { worlds: worldsOf(stack, true) });
      expect(exitCode).toBe(2);
      expect(err).toMatch(/web-1 \(s-\w+\): instance type: was m5\.large, is m5\.xlarge/);
      expect(startsOf(stack)).toEqual([]);
    });
  });

  it('tells a program what has changed', async () => {
    const path = await savePlan();
    await withStack(scenario, async (stack) => {
      await stack.time.sleep(7_200_000);
      const { out } = await stack.run(startIt(path, '--json'), { worlds: worldsOf(stack, true) });
      expect(eventsIn(out)).toMatchObject([{ type: 'end', exitCode: 2, changes: [{}, { hostname: 'web-1' }] }]);
    });
  });

  it('leaves it to the stack where the caller may not read MGN: it refuses what has changed', async () => {
    const path = await savePlan();
    await withStack(scenario, async (stack) => {
      await stack.time.sleep(7_200_000);
      const worlds = worldsOf(stack, false);
      const { exitCode, out } = await stack.run(startIt(path, '--watch'), { worlds });
      expect(out).toContain(
        `Whether anything has changed since ${path} was saved cannot be read from here: not authorized`,
      );
      expect(out).toContain('The stack compares it with the plan before it starts anything.');
      expect(out).toContain('its facts are not those of the plan saved at 2026-01-10T22:00:00.000Z');
      expect(exitCode).toBe(2);
      expect(stack.servers()[0]?.attempts.cutover).toBe(0);
    });
  });

  it('that was stopped goes on with the plan it has, whether it is named again or not', async () => {
    const path = await savePlan();
    await withStack(scenario, async (stack) => {
      const worlds = worldsOf(stack, true);
      await stack.run(startIt(path), { worlds });
      await stack.time.sleep(30_000);
      stack.stop('wave-cutover', 'night-1');
      const again = await stack.run(startIt(path), { worlds });
      expect(again.err).toContain(`to go on: mgn-cutover start ${input} ${stackFlags} --name night-1 --resume`);
      const resume = ['start', input, ...onStack, '--name', 'night-1', '--resume', '--watch'];
      const { exitCode } = await stack.run(resume, { worlds });
      expect(exitCode).toBe(0);
      const run = (await createLedger(stack.store).readRun(parseRunName('RUN', 'night-1')))?.value;
      expect(run?.input.plan?.savedAt).toBe('2026-01-10T22:00:00.000Z');
    });
  });

  it('is refused with a migration', async () => {
    const path = await savePlan();
    const migration = files.file('migration.json', { waves: [{ name: 'one', waveID }] });
    await withStack(scenario, async (stack) => {
      const { exitCode, err } = await stack.run(['start', migration, ...onStack, '--plan', path]);
      expect([exitCode, err]).toEqual([2, expect.stringContaining('--plan: a saved plan is of one wave')]);
      expect(stack.calls).toEqual([]);
    });
  });
});

describe('start outside the window', () => {
  const zone = 'Europe/Berlin';
  it.each([
    [
      'opens',
      { opensAt: '2026-01-10T23:01', closesAt: '2026-01-11T04:00', zone },
      'Not yet: the window opens at 2026-01-10 23:01 Europe/Berlin (22:01 UTC).',
    ],
    [
      'has closed',
      { opensAt: '2026-01-10T20:00', closesAt: '2026-01-10T23:00', zone },
      'The window closed at 2026-01-10 23:00 Europe/Berlin (22:00 UTC).',
    ],
  ])('that %s is refused and uses up no name; exit 2', async (_what, window, words) => {
    const path = files.file('in-window.json', { waveID, window });
    await withStack(scenario, async (stack) => {
      const { exitCode, err } = await stack.run(['start', path, ...onStack, '--name', 'night-1']);
      expect(exitCode).toBe(2);
      expect(err).toContain(`${words} Nothing was started.`);
      expect(startsOf(stack)).toEqual([]);
    });
  });
});
