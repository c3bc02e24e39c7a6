import { aNight, foundBy } from './doctored-night.ts';
import { revertBeforeTerminate } from './revert-before-terminate.ts';
import { afterFirst } from './wrong-call.ts';

const night = aNight([{ hostname: 'web-1', cutover: 'unbootable' }, { hostname: 'web-2' }], {
  options: { failurePolicy: { application: 'independent' } },
});
const terminateAfter = (handler: string) =>
  afterFirst(handler, ({ mgn, idOf }) => mgn.terminateTargetInstances([idOf('web-2')], {}));

describe('a termination', () => {
  it('comes after the revert in a rollback', async () => {
    expect(await foundBy(revertBeforeTerminate, night)).toEqual([]);
  });

  it('of what is cutting over is found', async () => {
    expect(await foundBy(revertBeforeTerminate, night, terminateAfter('RecordOutcome'))).toEqual([
      'the instance of web-2 is terminated by run night-1 while it is CUTTING_OVER',
    ]);
  });

  it('during the cutover’s job is found', async () => {
    expect(await foundBy(revertBeforeTerminate, night, terminateAfter('StartCutover'))).toEqual([
      'the instance of web-2 is terminated by run night-1 while it is CUTTING_OVER',
      expect.stringMatching(/^the instance of web-2 is terminated by run night-1 while its cutover job \S+ is open$/),
    ]);
  });
});
