/** A deployment that may only touch source servers with its tag says so before anything is started, not in the middle. */
import { TagResourceCommand } from '@aws-sdk/client-mgn';
import { aWave, inNight, type Night } from '../../support/a-run.ts';
import { begin, callerOf } from './direct.ts';

const sourceServerTag = { key: 'mgn-cutover', value: 'allowed' };
const scenario = aWave([{ hostname: 'web-1', tags: { 'mgn-cutover': 'allowed' } }, { hostname: 'web-2' }]);

const assessIn = async (night: Night, deps: Partial<Night['deps']> = { sourceServerTag }, options: object = {}) => {
  const call = callerOf({ ...night, deps: { ...night.deps, ...deps } });
  await begin(call, night, 'ResolveWave', options);
  return { call, answer: await call('AssessReadiness') };
};

/** What the command in the remedy does. */
const tag = (night: Night, resourceArn: string) =>
  night.services.clientsOf({}).writer.send(new TagResourceCommand({ resourceArn, tags: { 'mgn-cutover': 'allowed' } }));

describe('AssessReadiness in a deployment with a tag', () => {
  it('refuses the wave when a source server is not opted in, and lets it through once it is', async () => {
    await inNight(scenario, async (night) => {
      const { call, answer } = await assessIn(night);
      const left = await night.read();

      expect(answer).toMatchObject({ decision: 'REFUSE' });
      expect(left.of('web-1').reasons).toEqual([]);
      expect(left.of('web-2').reasons.map(({ code }) => code)).toEqual(['SOURCE_SERVER_TAG_MISSING']);
      expect(night.writes).toEqual([]);

      const resourceArn = night.server('web-2').arn ?? '';
      expect(left.of('web-2').reasons[0]?.remedy).toContain(`--resource-arn ${resourceArn} --tags mgn-cutover=allowed`);
      await tag(night, resourceArn);
      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
    });
  });

  it('skips only that source server where the input says so', async () => {
    await inNight(scenario, async (night) => {
      const { answer } = await assessIn(
        night,
        { sourceServerTag },
        {
          onBlocked: 'skip',
          failurePolicy: { application: 'independent' },
        },
      );
      const left = await night.read();

      expect(answer).toMatchObject({ decision: 'PROCEED' });
      expect(left.verdicts).toMatchObject({ 'web-2': 'BLOCKED' });
      expect(left.of('web-1').phase).toBe('ready');
    });
  });

  it('asks for none without one, as on a laptop', async () => {
    await inNight(scenario, async (night) => {
      expect((await assessIn(night, {})).answer).toMatchObject({ decision: 'PROCEED' });
    });
  });
});
