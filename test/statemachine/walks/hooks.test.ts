/** Hooks over a whole night, on the real state machines: rehearsed ones, each of which takes half a minute. */
import type { HookPayload } from '../../../functions/domain/hook-payload.ts';
import type { HookRunner } from '../../../functions/hooks/hook-runner.ts';
import { createSimulatedHookRunner, simulatedHookMs } from '../../../local/simulated-hooks.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { inNight, statesEntered, withOptions, type Night, type WalkOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

type Server = NonNullable<ScenarioInput['servers']>[number];
const web: Server[] = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const twoApplications = (rest: { shop?: Server[]; mail?: Server[] } = {}): ScenarioInput => {
  const { shop = web, mail = [{ hostname: 'mail-1' }] } = rest;
  return {
    defaults: { launchedInstance: 'none', timings: { variation: 0 } },
    waves: [
      {
        name: 'wave',
        applications: [
          { name: 'shop', servers: shop },
          { name: 'mail', servers: mail },
        ],
      },
    ],
  };
};

const fence = { name: 'fence', when: 'beforeStart', automation: 'Stop', eachApplication: true };
const smoke = { name: 'smoke', when: 'afterVerified', automation: 'Smoke', eachApplication: true };
const unfence = { name: 'unfence', when: 'afterRollback', automation: 'Start', eachApplication: true };

/** A try as it was begun. */
interface Begun {
  /** The hook and whom it was for, such as `fence shop`. */
  readonly what: string;
  readonly atMs: number;
  readonly payload: HookPayload;
}

interface HookedNight {
  readonly night: Night;
  readonly begun: readonly Begun[];
  /** Hooks for one application that fail, such as `smoke shop`. */
  readonly failing: Set<string>;
  readonly walk: (
    hooks: readonly object[],
    options?: Record<string, unknown>,
    walk?: WalkOptions,
  ) => ReturnType<Night['walk']>;
}

const scopeOf = ({ scope }: HookPayload) =>
  scope === 'wave' ? 'wave' : (scope.applicationName ?? scope.applicationID);

/** A night whose hooks are written down as they are begun. */
async function inHookedNight(scenario: ScenarioInput, spend: (hooked: HookedNight) => Promise<void>): Promise<void> {
  await inNight(scenario, async (night) => {
    const begun: Begun[] = [];
    const failing = new Set<string>();
    const clock = { now: () => night.time.now() };
    const hookRunner: HookRunner = {
      ...createSimulatedHookRunner(clock),
      start: (hook, payload) => {
        const what = `${hook.name} ${scopeOf(payload)}`;
        begun.push({ what, atMs: night.time.now(), payload });
        return createSimulatedHookRunner(clock, new Set(failing.has(what) ? [hook.name] : [])).start(hook, payload);
      },
    };
    Object.assign(night.deps, { hookRunner });
    await spend({
      night,
      begun,
      failing,
      walk: (hooks, options = {}, walk = {}) => {
        const input = withOptions(night, { failurePolicy: { application: 'atomic' }, hooks, ...options });
        return night.walk({ input, ...walk });
      },
    });
  });
}

const whatOf = (begun: readonly Begun[]) => begun.map(({ what }) => what);
const startsOf = ({ writes }: Night) => writes.filter(({ operation }) => operation === 'StartCutover');

it('stops each application before its servers start, and proves it once they are verified', async () => {
  await inHookedNight(twoApplications(), async ({ night, begun, walk }) => {
    const { result } = await walk([fence, smoke, unfence]);
    const left = await night.read();

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
    expect(whatOf(begun).sort()).toEqual(['fence mail', 'fence shop', 'smoke mail', 'smoke shop']);
    for (const { atMs, payload } of begun.filter(({ what }) => what.startsWith('fence'))) {
      const ids = payload.sourceServers.map(({ sourceServerID }) => sourceServerID);
      const starts = startsOf(night).filter(({ sourceServerIDs }) => ids.some((id) => sourceServerIDs.includes(id)));
      expect(starts.length).toBeGreaterThan(0);
      for (const start of starts) expect(start.atMs).toBeGreaterThanOrEqual(atMs + simulatedHookMs);
    }
    const proof = begun.find(({ what }) => what === 'smoke shop');
    expect(proof?.payload.sourceServers.map(({ ec2InstanceID }) => ec2InstanceID)).toEqual(
      proof?.payload.sourceServers.map(
        ({ sourceServerID }) =>
          left.servers.find((record) => record.sourceServerID === sourceServerID)?.cutover?.ec2InstanceID,
      ),
    );
    expect(proof?.payload.sourceServers).toHaveLength(2);
    expect(left.run.end?.endedAt).toBeGreaterThanOrEqual((proof?.atMs ?? Infinity) + simulatedHookMs);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('starts nothing of an application whose hook fails, and starts the application on its source again', async () => {
  await inHookedNight(twoApplications(), async ({ night, begun, failing, walk }) => {
    failing.add('fence shop');
    await walk([{ ...fence, retries: 2 }, smoke, unfence]);
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'NOT_STARTED', 'mail-1': 'VERIFIED' });
    expect(left.of('web-1').reasons).toMatchObject([
      { code: 'HOOK_FAILED', fact: 'beforeStart hook fence failed in 3 tries: simulated failure' },
    ]);
    const ofShop = whatOf(begun).filter((what) => what.endsWith('shop'));
    expect(ofShop).toEqual(['fence shop', 'fence shop', 'fence shop', 'unfence shop']);
    expect(startsOf(night).flatMap(({ sourceServerIDs }) => sourceServerIDs)).toEqual([night.idOf('mail-1')]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('starts nothing at all where the hook of the wave fails', async () => {
  await inHookedNight(twoApplications(), async ({ night, begun, failing, walk }) => {
    failing.add('freeze wave');
    await walk([
      fence,
      { name: 'freeze', when: 'beforeStart', automation: 'Freeze' },
      { ...unfence, eachApplication: false },
    ]);

    expect(Object.values((await night.read()).verdicts)).toEqual(['NOT_STARTED', 'NOT_STARTED', 'NOT_STARTED']);
    expect(whatOf(begun)).toEqual(['freeze wave', 'unfence wave']);
    expect(night.writes).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('goes on with a warning where a failure is only to warn', async () => {
  await inHookedNight(twoApplications(), async ({ night, failing, walk }) => {
    failing.add('fence shop').add('smoke shop');
    await walk([
      { ...fence, onFailure: 'warn' },
      { ...smoke, onFailure: 'warn' },
    ]);
    const left = await night.read();

    expect(Object.values(left.verdicts)).toEqual(['VERIFIED', 'VERIFIED', 'VERIFIED']);
    expect(
      left
        .of('web-1')
        .warnings.map(({ fact }) => fact)
        .sort(),
    ).toEqual([
      'afterVerified hook smoke failed: simulated failure',
      'beforeStart hook fence failed: simulated failure',
    ]);
    expect(left.of('mail-1').warnings).toEqual([]);
  });
});

it('brings an application back that is not as it should be, and finalizes none of it', async () => {
  await inHookedNight(twoApplications(), async ({ night, begun, failing, walk }) => {
    failing.add('smoke shop');
    await walk([fence, smoke, unfence], { commit: 'auto' });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'ROLLED_BACK', 'mail-1': 'FINALIZED' });
    expect(left.of('web-2').reasons).toMatchObject([{ code: 'HOOK_FAILED' }]);
    expect(whatOf(begun).filter((what) => what.endsWith('shop'))).toEqual(['fence shop', 'smoke shop', 'unfence shop']);
    expect(night.server('web-1').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('starts the application on its source again when a launch has failed and everything of it is back', async () => {
  const shop: Server[] = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' }];
  await inHookedNight(twoApplications({ shop }), async ({ night, begun, walk }) => {
    await walk([fence, smoke, unfence]);
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'ROLLED_BACK', 'mail-1': 'VERIFIED' });
    const again = begun.find(({ what }) => what === 'unfence shop');
    const backAt = Math.max(...left.servers.map(({ rollback }) => rollback?.verifiedAt ?? 0));
    expect(again?.atMs).toBeGreaterThanOrEqual(backAt);
    expect(whatOf(begun)).not.toContain('smoke shop');
    expect(await breachesOf(night)).toEqual([]);
  });
});

describe('with priority groups', () => {
  const first = { group: 1, tag: 'tier=dc' };
  const scenario = twoApplications({ mail: [{ hostname: 'dc-1', tags: { tier: 'dc' } }] });

  it('stops the later application only when the earlier one is proven', async () => {
    await inHookedNight(scenario, async ({ night, begun, walk }) => {
      await walk([fence, smoke], { priorityGroups: [first] });

      expect(whatOf(begun)).toEqual(['fence mail', 'smoke mail', 'fence shop', 'smoke shop']);
      const [proof, later] = begun.slice(1);
      expect(later?.atMs).toBeGreaterThanOrEqual((proof?.atMs ?? Infinity) + simulatedHookMs);
      expect(Object.values((await night.read()).verdicts)).toEqual(['VERIFIED', 'VERIFIED', 'VERIFIED']);
    });
  });

  it('never starts the later one where the earlier one turns out bad', async () => {
    await inHookedNight(scenario, async ({ night, begun, failing, walk }) => {
      failing.add('smoke mail');
      await walk([fence, smoke, unfence], { priorityGroups: [first] });

      expect((await night.read()).verdicts).toEqual({
        'dc-1': 'ROLLED_BACK',
        'web-1': 'NOT_STARTED',
        'web-2': 'NOT_STARTED',
      });
      expect(whatOf(begun)).toEqual(['fence mail', 'smoke mail', 'unfence mail']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('the gate on the replication lag', () => {
  const behind = (untilSeconds: number): ScenarioInput =>
    twoApplications({
      shop: [
        {
          hostname: 'web-1',
          replication: { lagSeconds: 40 },
          changes: [{ atSeconds: untilSeconds, lagSeconds: 0 }],
        },
      ],
    });
  const gated = { ...fence, lagZeroWithinSeconds: 300 };

  it('holds an application until it has caught up', async () => {
    await inHookedNight(behind(200), async ({ night, walk }) => {
      const startedAt = night.time.now();
      await walk([gated]);

      expect(Object.values((await night.read()).verdicts)).toEqual(['VERIFIED', 'VERIFIED']);
      const [own] = startsOf(night).filter(({ sourceServerIDs }) => sourceServerIDs.includes(night.idOf('web-1')));
      expect(own?.atMs).toBeGreaterThanOrEqual(startedAt + 200_000);
    });
  });

  it('leaves it out when it has not caught up in time, and says who is behind', async () => {
    await inHookedNight(behind(86_400), async ({ night, begun, walk }) => {
      await walk([gated, unfence]);
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'mail-1': 'VERIFIED' });
      expect(left.of('web-1').reasons[0]?.fact).toBe(
        `beforeStart hook fence failed: not caught up 300 s after it: web-1 (${night.idOf('web-1')}) lags 40 s`,
      );
      expect(whatOf(begun)).toContain('unfence shop');
    });
  });
});

it('begins no hook twice when every step that runs hooks is doubled', async () => {
  await inHookedNight(twoApplications(), async ({ night, begun, walk }) => {
    await walk(
      [fence, smoke],
      {},
      {
        around: async (step, invoke) => {
          if (step.handler !== 'RunHooks') return invoke();
          await invoke();
          return invoke();
        },
      },
    );

    expect(whatOf(begun)).toHaveLength(4);
    expect((await night.read()).run.end?.outcome).toBe('VERIFIED');
  });
});

describe('an operator’s rollback', () => {
  const undo = (night: Night, name: string) => night.walk({ machine: 'rollback', name, input: { runID: 'night-1' } });

  it('starts every application on its source again', async () => {
    await inHookedNight(twoApplications(), async ({ night, begun, walk }) => {
      await walk([fence, smoke, unfence]);
      const { result } = await undo(night, 'undo-1');

      expect(result).toMatchObject({ status: 'SUCCEEDED', output: { verdicts: { ROLLED_BACK: 3 } } });
      expect(whatOf(begun).slice(-2).sort()).toEqual(['unfence mail', 'unfence shop']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('leaves to a person what is back without its application, until the hook succeeds in another rollback', async () => {
    await inHookedNight(twoApplications(), async ({ night, begun, failing, walk }) => {
      await walk([fence, smoke, unfence]);
      failing.add('unfence shop');
      const first = await undo(night, 'undo-1');

      expect(first.result).toMatchObject({ status: 'FAILED', error: 'RollbackIncomplete' });
      expect((await night.read()).verdicts).toEqual({
        'web-1': 'NEEDS_A_PERSON',
        'web-2': 'NEEDS_A_PERSON',
        'mail-1': 'ROLLED_BACK',
      });

      failing.clear();
      const second = await undo(night, 'undo-2');

      expect(second.result.status).toBe('SUCCEEDED');
      expect((await night.read()).of('web-1').nextSteps).toEqual([]);
      expect(Object.values((await night.read()).verdicts)).toEqual(['ROLLED_BACK', 'ROLLED_BACK', 'ROLLED_BACK']);
      expect(
        whatOf(begun)
          .filter((what) => what.startsWith('unfence'))
          .sort(),
      ).toEqual(['unfence mail', 'unfence shop', 'unfence shop']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('costs a run without hooks not a single step', async () => {
  await inHookedNight(twoApplications(), async ({ begun, walk }) => {
    const walked = await walk([]);
    expect(statesEntered(walked).filter((state) => state.endsWith('/RunHooks'))).toEqual([]);
    expect(begun).toEqual([]);
  });
});
