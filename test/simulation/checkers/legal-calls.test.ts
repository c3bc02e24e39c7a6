import { aNight, foundBy, type Doctor } from './doctored-night.ts';
import { legalCalls } from './legal-calls.ts';
import { afterFirst, sendAs, type Hands } from './wrong-call.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' as const }];
const night = aNight(servers, { options: { commit: 'auto', failurePolicy: { application: 'independent' } } });

const start = ({ mgn, idOf }: Hands) => mgn.startCutover([idOf('web-1')], {});
const revert = ({ mgn, idOf }: Hands) => mgn.changeServerLifeCycleState(idOf('web-1'), 'READY_FOR_CUTOVER');
const terminate = ({ mgn, idOf }: Hands) => mgn.terminateTargetInstances([idOf('web-1')], {});
const finalize = ({ mgn, idOf }: Hands) => mgn.finalizeCutover(idOf('web-1'));

describe('calls', () => {
  it('are all legal in a night that cuts over, takes back and finalizes, also where answers are lost', async () => {
    const faults = [{ fault: 'lostAnswer' as const, operation: '*' as const, probability: 0.2 }];

    expect(await foundBy(legalCalls, night)).toEqual([]);
    expect(await foundBy(legalCalls, { ...night, scenario: { ...night.scenario, faults } })).toEqual([]);
  });

  it.each([
    [
      'a revert of what is not cutting over',
      'AssessReadiness',
      revert,
      /^Change\S+ by run night-1 of web-1, which is READ/,
    ],
    [
      'a finalization of what is not cutting over',
      'AssessReadiness',
      finalize,
      /^Finalize\S+ .* which is READY_FOR_CUT/,
    ],
    ['a start of what is held', 'StartCutover', start, /^StartCutover by run night-1 of web-1, which job \S+ holds$/],
    ['a revert of what is held', 'StartCutover', revert, /^ChangeServerLifeCycleState .* which job \S+ holds$/],
    ['a termination of what is cutting over', 'RevertLifeCycle', terminate, /^Terminate\S+ .* which is CUTTING_OVER$/],
    ['a start of what is cut over', 'RecordOutcome', start, /^StartCutover by run night-1 of web-1, which is CUTOVER$/],
  ])('are found: %s', async (_what, handler, send, words) => {
    expect(await foundBy(legalCalls, night, afterFirst(handler, send))).toEqual([expect.stringMatching(words)]);
  });

  it('are found where the sender has changed the source server itself', async () => {
    const twice = afterFirst('RevertLifeCycle', async (hands) => {
      await revert(hands);
      await hands.scene.night.time.sleep(1_000);
      await revert(hands);
    });

    expect(await foundBy(legalCalls, night, twice)).toEqual([
      'ChangeServerLifeCycleState by run night-1 of web-1, which is READY_FOR_CUTOVER',
    ]);
  });

  it('are excused where somebody changed the source server since the sender looked', async () => {
    const foreignActivity = [{ act: 'hold' as const, fromSeconds: 0, toSeconds: 4_000, servers: ['web-1'] }];
    const held = aNight(servers, { options: { onBlocked: 'skip' }, scenario: { foreignActivity } });
    const begunAgo = (agedSeconds: number) => afterFirst('AssessReadiness', start, { agedSeconds });

    expect(await foundBy(legalCalls, held, begunAgo(1))).toEqual([]);
    expect(await foundBy(legalCalls, held, begunAgo(0))).toEqual([
      expect.stringMatching(/^StartCutover by run night-1 of web-1, which job \S+ holds$/),
    ]);
  });

  it('are excused where two executions call at the same moment, and one of them is first', async () => {
    const crossing: Doctor = {
      afterStep: async (step, scene) => {
        const runIDs = step.handler === 'RecordOutcome' ? ['one', 'other'] : [];
        await Promise.all(runIDs.map((runID) => sendAs(step, scene, revert, { runID })));
        return [];
      },
    };

    expect(await foundBy(legalCalls, aNight([{ hostname: 'web-1' }]), crossing)).toEqual([]);
  });

  it('are excused as far as reads may be old', async () => {
    const stale = (staleSecondsMax: number) => {
      const faults = [{ fault: 'staleRead' as const, operation: 'DescribeJobs' as const, staleSecondsMax }];
      return aNight(servers, { scenario: { faults: faults.map((rule) => ({ ...rule, probability: 0 })) } });
    };

    expect(await foundBy(legalCalls, stale(60), afterFirst('StartCutover', start))).toEqual([]);
    expect(await foundBy(legalCalls, stale(60), afterFirst('CheckLaunch', start))).not.toEqual([]);
  });

  it('are found where they are malformed, unless the scenario refuses them', async () => {
    const empty = afterFirst('AssessReadiness', ({ mgn }) => mgn.startCutover([], {}));
    const faults = [
      { fault: 'refuse' as const, operation: 'StartCutover' as const, exception: 'ConflictException' as const },
    ];

    expect(await foundBy(legalCalls, night, empty)).toEqual([
      'StartCutover by run night-1 of  was refused as ValidationException',
    ]);
    expect(await foundBy(legalCalls, aNight(servers, { scenario: { faults } }))).toEqual([]);
  });

  it('are found for a source server that was deleted long before', async () => {
    const acts = ['DisconnectFromService', 'DeleteSourceServer'] as const;
    const foreignActivity = acts.map((act, index) => ({ act, atSeconds: 10 + index, servers: ['gone'] }));
    const scenario = { servers: [{ hostname: 'gone' }], foreignActivity };
    const begunAgo = (agedSeconds: number) => {
      let known: ReturnType<Hands['idOf']> | undefined;
      const remember = afterFirst('AssessReadiness', ({ idOf }) => Promise.resolve((known = idOf('gone'))));
      const call = afterFirst('CheckLaunch', async ({ mgn, idOf }) => mgn.startCutover([known ?? idOf('web-1')], {}), {
        agedSeconds,
      });
      return {
        afterStep: async (...asked: Parameters<NonNullable<typeof call.afterStep>>) => {
          await remember.afterStep?.(...asked);
          return call.afterStep?.(...asked) ?? [];
        },
      };
    };

    expect(await foundBy(legalCalls, aNight(servers, { scenario }), begunAgo(0))).toEqual([
      expect.stringMatching(/^StartCutover by run night-1 of s-\w+, which does not exist$/),
    ]);
    expect(await foundBy(legalCalls, aNight(servers, { scenario }), begunAgo(10_000))).toEqual([]);
  });
});
