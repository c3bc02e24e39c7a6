/** What the tag of a deployment bounds, and what it never may. */
import {
  launchTargetReads,
  policyStatement,
  stepStatementFacts,
  unionStatementFacts,
  type MgnAction,
} from '../../infra/mgn-actions.ts';
import { steps } from '../../infra/steps.ts';

const place = { partition: 'aws', region: 'eu-west-1', accountID: '123456789012' };
const limits = { targetInstanceRoleNames: [], sourceServerTag: 'mgn-cutover=allowed' };
const tag = { StringEquals: { 'aws:ResourceTag/mgn-cutover': 'allowed' } };
const attempt = { Null: { 'aws:RequestTag/CutoverAttempt': 'false' } };

const conditionsOf = (action: string, facts: ReturnType<typeof stepStatementFacts>) =>
  facts.filter(({ effect, actions }) => effect === 'Allow' && actions.includes(action)).map((one) => one.conditions);
const ofStep = (name: string, action: MgnAction, sourceServerTag: string | undefined = limits.sourceServerTag) => {
  const step = steps[name] ?? { mgnActions: [] };
  return conditionsOf(`mgn:${action}`, stepStatementFacts(step, { ...limits, sourceServerTag }, place));
};

describe('the tag of a deployment', () => {
  it.each([
    ['StartCutover', 'StartCutover', { ...attempt, ...tag }],
    ['TerminateTestInstances', 'TerminateTargetInstances', { ...attempt, ...tag }],
    ['FinalizeCutover', 'FinalizeCutover', tag],
  ] as const)('bounds %s: %s', (step, action, condition) => {
    expect(ofStep(step, action)).toEqual([condition]);
  });

  it.each([
    ['TerminateCutoverInstances', 'TerminateTargetInstances', attempt],
    ['RevertLifeCycle', 'ChangeServerLifeCycleState', undefined],
  ] as const)('does not bound the way back: %s, %s', (step, action, condition) => {
    expect(ofStep(step, action)).toEqual([condition]);
  });

  it('bounds no read: what cannot be seen cannot be told to be blocked', () => {
    for (const step of Object.values(steps)) {
      const reads = step.mgnActions.filter((action) => /^(Describe|List|Get)/.test(action));
      const facts = stepStatementFacts(step, limits, place);
      expect(reads.flatMap((action) => conditionsOf(`mgn:${action}`, facts))).toEqual(reads.map(() => undefined));
    }
  });

  it('bounds nothing where there is none', () => {
    const facts = stepStatementFacts({ mgnActions: ['FinalizeCutover'] }, { targetInstanceRoleNames: [] }, place);
    expect(conditionsOf('mgn:FinalizeCutover', facts)).toEqual([undefined]);
    expect(JSON.stringify(facts)).not.toContain('aws:ResourceTag');
  });

  it('ends its key at the first of several =', () => {
    expect(ofStep('FinalizeCutover', 'FinalizeCutover', 'night=a=b')).toEqual([
      { StringEquals: { 'aws:ResourceTag/night': 'a=b' } },
    ]);
  });
});

describe('one identity for several steps', () => {
  const all = unionStatementFacts(Object.values(steps), limits, place);

  it('keeps the tag on what no step needs on the way back, and only there', () => {
    expect(conditionsOf('mgn:StartCutover', all)).toEqual([{ ...attempt, ...tag }]);
    expect(conditionsOf('mgn:FinalizeCutover', all)).toEqual([tag]);
    expect(conditionsOf('mgn:TerminateTargetInstances', all)).toEqual([attempt]);
  });

  it('may make every call of every step, each allowed once', () => {
    const allowed = all.flatMap(({ effect, actions }) => (effect === 'Allow' ? actions : []));
    const calls = allowed.filter(
      (action) => action.startsWith('mgn:') && !/TagResource|ListTagsForResource/.test(action),
    );
    const needed = new Set(Object.values(steps).flatMap(({ mgnActions }) => mgnActions.map((name) => `mgn:${name}`)));

    expect([...calls].sort()).toEqual([...needed].sort());
    const inEc2 = allowed.filter((action) => action.startsWith('ec2:'));
    expect(inEc2.filter((action) => !launchTargetReads.some((read) => read === action))).toHaveLength(30);
  });

  it('reads where source servers are launched by itself only where a step does', () => {
    const readsOf = (facts: typeof all) => conditionsOf('ec2:DescribeSubnets', facts);

    expect(readsOf(all)).toEqual([undefined, { 'ForAnyValue:StringEquals': { 'aws:CalledVia': 'mgn.amazonaws.com' } }]);
    expect(readsOf(unionStatementFacts([{ mgnActions: ['DescribeJobs'] }], limits, place))).toEqual([]);
  });

  it('is denied to finalize unless a step does', () => {
    const others = Object.entries(steps).flatMap(([name, step]) => (name === 'FinalizeCutover' ? [] : [step]));
    const denied = (facts: typeof all) => facts.flatMap(({ effect, actions }) => (effect === 'Deny' ? actions : []));

    expect(denied(unionStatementFacts(others, limits, place))).toContain('mgn:FinalizeCutover');
    expect(denied(all)).toEqual(['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*']);
  });
});

it('is written as IAM reads it, with real places in it', () => {
  const facts = stepStatementFacts({ mgnActions: ['FinalizeCutover'] }, limits, place);

  expect(facts.map(policyStatement)).toEqual([
    {
      Effect: 'Allow',
      Action: ['mgn:FinalizeCutover'],
      Resource: ['arn:aws:mgn:eu-west-1:*:source-server/*'],
      Condition: tag,
    },
    {
      Effect: 'Deny',
      Action: ['mgn:Delete*', 'mgn:DisconnectFromService', 'mgn:Update*'],
      Resource: ['*'],
    },
  ]);
});
