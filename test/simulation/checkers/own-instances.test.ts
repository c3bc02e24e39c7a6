import { aNight, foundBy } from './doctored-night.ts';
import { ownInstances } from './own-instances.ts';
import { afterFirst } from './wrong-call.ts';

const tested = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
const failing = [{ hostname: 'web-1', cutover: 'unbootable' as const }, { hostname: 'web-2' }];
const terminate = (hostname: string, after = 'AssessReadiness') =>
  afterFirst(after, ({ mgn, idOf }) => mgn.terminateTargetInstances([idOf(hostname)], {}));

describe('own instances', () => {
  it('and those of tests are all that a night terminates', async () => {
    expect(await foundBy(ownInstances, aNight(tested))).toEqual([]);
    expect(await foundBy(ownInstances, aNight(failing))).toEqual([]);
  });

  it('do not include one that a person has launched', async () => {
    const scenario = { servers: [{ hostname: 'other', launchedInstance: 'cutover' as const }] };

    expect(await foundBy(ownInstances, aNight(failing, { scenario }), terminate('other'))).toEqual([
      expect.stringMatching(/^the instance of other that job \S+ of no run launched is terminated by run night-1$/),
    ]);
  });

  it('do not include a test’s in a run that is to leave those alone', async () => {
    const options = { terminateTestInstances: false };

    expect(await foundBy(ownInstances, aNight(tested, { options }), terminate('web-1'))).toEqual([
      expect.stringMatching(/which is to leave tests' instances alone$/),
    ]);
    expect(await foundBy(ownInstances, aNight(tested, { options }))).toEqual([]);
  });

  it('do not include those of another run', async () => {
    const byAnother = afterFirst(
      'RecordOutcome',
      ({ mgn, idOf }) => mgn.terminateTargetInstances([idOf('web-2')], {}),
      { runID: 'night-2' },
    );

    expect(await foundBy(ownInstances, aNight([{ hostname: 'web-2' }]), byAnother)).toEqual([
      expect.stringMatching(
        /^the instance of web-2 that job \S+ of run night-1 launched is terminated by run night-2$/,
      ),
    ]);
  });

  it('are none where nothing is left to terminate', async () => {
    expect(await foundBy(ownInstances, aNight(failing), terminate('web-2'))).toEqual([]);
  });
});
