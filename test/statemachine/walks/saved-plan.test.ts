/** A plan saved the day before: the night's run begins only while every fact is what it was then. */
import { createPlanOf } from '../../support/saved-plans.ts';
import { aWave, inNight, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { codesOf, hourMs, minuteMs, say } from '../../support/gate-walks.ts';

const web = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const both = (verdict: string) => ({ 'web-1': verdict, 'web-2': verdict });
/** Somebody gives a server another subnet an hour after the plan was saved. */
const templateChange = {
  act: 'ModifyLaunchTemplate' as const,
  atSeconds: 3_600,
  servers: ['web-2'],
  launchTemplate: { instanceType: 'm5.xlarge' },
};

/** Somebody's call at the console; `body` without the server's ID. */
const call = (night: Night, operation: string, hostname: string, body: object) => {
  const { outcome } = night.simulator.answer({
    method: 'POST',
    path: `/${operation}`,
    query: {},
    body: JSON.stringify({ sourceServerID: night.idOf(hostname), ...body }),
  });
  if (outcome.kind !== 'response' || outcome.response.status >= 300)
    throw new Error(`${operation}: ${JSON.stringify(outcome)}`);
};

const inputWith = (night: Night, plan: unknown, options: Record<string, unknown> = {}) => ({
  waveID: night.account().waves[0]?.waveID,
  plan,
  options: { failurePolicy: { application: 'independent' }, ...options },
});

const expectRefused = async (night: Night, codes: readonly string[], name?: string) => {
  const left = await night.read(name);
  const reasons = [...(left.run.plan?.reasons ?? []), ...left.servers.flatMap((record) => record.reasons)];
  expect(left.run.end?.outcome).toBe('REFUSED');
  for (const code of codes) expect(codesOf(reasons)).toContain(code);
  expect(night.writes).toEqual([]);
  expect(await breachesOf(night, name)).toEqual([]);
};

it('begins while nothing has changed, though lag and last sight have', async () => {
  const changes = [{ atSeconds: 600, lagSeconds: 20 }];
  await inNight(aWave([{ hostname: 'web-1', changes }, { hostname: 'web-2' }]), async (night) => {
    const plan = await createPlanOf(night);
    await night.time.sleep(2 * hourMs);
    await night.walk({ input: inputWith(night, plan) });

    expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
    expect(await breachesOf(night)).toEqual([]);
  });
});

it('is refused when somebody has made another version of a launch template the default one', async () => {
  await inNight({ ...aWave(web), foreignActivity: [templateChange] }, async (night) => {
    const plan = await createPlanOf(night);
    await night.time.sleep(2 * hourMs);
    const { result } = await night.walk({ input: inputWith(night, plan) });
    const left = await night.read();

    expect(result).toMatchObject({ status: 'FAILED', error: 'WaveRefused' });
    expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'BLOCKED' });
    expect(left.of('web-2').reasons[0]?.fact).toBe(`its facts are not those of the plan saved at ${plan.savedAt}`);
    await expectRefused(night, ['FACTS_CHANGED']);
  });
});

it('begins with a plan saved after the change', async () => {
  await inNight({ ...aWave(web), foreignActivity: [templateChange] }, async (night) => {
    await night.time.sleep(2 * hourMs);
    await night.walk({ input: inputWith(night, await createPlanOf(night)) });

    expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
  });
});

describe('is refused when somebody has changed', () => {
  const action = { actionID: 'check', actionName: 'Check', documentIdentifier: 'check', order: 1_001 };
  it.each<[string, string, object]>([
    ['whether the instance starts', 'UpdateLaunchConfiguration', { launchDisposition: 'STOPPED' }],
    ['its boot mode', 'UpdateLaunchConfiguration', { bootMode: 'UEFI' }],
    ['whether it takes the private IP along', 'UpdateLaunchConfiguration', { copyPrivateIp: true }],
    ['how its type is chosen', 'UpdateLaunchConfiguration', { targetInstanceTypeRightSizingMethod: 'BASIC' }],
    ['when its actions run', 'UpdateLaunchConfiguration', { postLaunchActions: { deployment: 'TEST_ONLY' } }],
    ['whether an action runs', 'PutSourceServerAction', { ...action, active: false }],
    ['whether an action may fail', 'PutSourceServerAction', { ...action, mustSucceedForCutover: true }],
    ['what an action runs', 'PutSourceServerAction', { ...action, documentIdentifier: 'other' }],
    ['how long an action may take', 'PutSourceServerAction', { ...action, timeoutSeconds: 60 }],
    ['the order of an action', 'PutSourceServerAction', { ...action, order: 1_002 }],
    [
      'what an action is given',
      'PutSourceServerAction',
      { ...action, parameters: { url: [{ parameterType: 'STRING', parameterName: 'check.url' }] } },
    ],
  ])('%s', async (_what, operation, body) => {
    await inNight(aWave([{ hostname: 'web-1', actions: [action] }]), async (night) => {
      const plan = await createPlanOf(night);
      call(night, operation, 'web-1', body);
      await night.walk({ input: inputWith(night, plan) });

      await expectRefused(night, ['FACTS_CHANGED']);
    });
  });
});

it('is refused when the wave has a server that was not planned, and when it lost one', async () => {
  await inNight(aWave(web), async (night) => {
    const plan = await createPlanOf(night);
    const [web1, web2] = [night.idOf('web-1'), night.idOf('web-2')];
    const fingerprints = Object.fromEntries(Object.entries(plan.fingerprints).filter(([id]) => id !== web2));
    await night.walk({ name: 'one-more', input: inputWith(night, { ...plan, fingerprints }) });
    await expectRefused(night, ['NOT_IN_PLAN'], 'one-more');
    await night.walk({ name: 'one-less', input: { sourceServerIDs: [web1], plan } });
    await expectRefused(night, ['PLAN_SERVER_MISSING'], 'one-less');

    expect((await night.read('one-less')).run.plan?.reasons[0]?.fact).toContain(web2);
  });
});

it('leaves out only the source server that changed where blocked ones are skipped', async () => {
  await inNight({ ...aWave(web), foreignActivity: [templateChange] }, async (night) => {
    const plan = await createPlanOf(night);
    await night.time.sleep(2 * hourMs);
    await night.walk({ input: inputWith(night, plan, { onBlocked: 'skip' }) });

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'BLOCKED' });
    expect(night.writes.flatMap(({ sourceServerIDs }) => sourceServerIDs)).toEqual([night.idOf('web-1')]);
  });
});

it('is compared once more after a person has approved the start', async () => {
  await inNight({ ...aWave(web), foreignActivity: [templateChange] }, async (night) => {
    const plan = await createPlanOf(night);
    const started = night.start({ input: inputWith(night, plan, { start: 'approve' }) });
    while ((await night.read().catch(() => undefined))?.run.gates === undefined) await night.time.sleep(minuteMs);
    await night.time.sleep(2 * hourMs);
    await say(night, 'approve');
    await started.ended;

    expect((await night.read()).run.gates?.[0]?.answer?.approved).toBe(true);
    await expectRefused(night, ['FACTS_CHANGED']);
  });
});

it('keeps nobody from going on with what has been started', async () => {
  await inNight({ ...aWave(web), foreignActivity: [{ ...templateChange, atSeconds: 1 }] }, async (night) => {
    const input = inputWith(night, await createPlanOf(night), { batchServersMax: 1 });
    await night.walk({
      input,
      around: async (step, invoke) => {
        const answer = await invoke();
        if (step.stateName === 'StartCutover') step.stop();
        return answer;
      },
    });
    await night.time.sleep(hourMs);
    await night.walk({ input });

    expect((await night.read()).verdicts).toEqual(both('VERIFIED'));
    expect(night.server('web-1').attempts.cutover).toBe(1);
  });
});
