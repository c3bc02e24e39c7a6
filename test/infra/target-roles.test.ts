/** Which functions may take on the roles that a deployment names in other accounts, and which of them. */
import { steps } from '../../infra/steps.ts';
import { synthesize, type Statement } from './synthesize.ts';

const elsewhere = (role: string) => `arn:aws:iam::999999999999:role/${role}`;
const functionArn = (name: string) =>
  `arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:MgnCutover-${name}`;
const withinItself = (name: string) => ({
  ArnLike: { 'lambda:SourceFunctionArn': [functionArn(name), `${functionArn(name)}:*`] },
});
const assuming = (statements: readonly Statement[]) =>
  statements.filter(({ Action }) => Action.includes('sts:AssumeRole'));

describe('a role of another account', () => {
  const spread = synthesize({
    targetAccountRoleArns: [elsewhere('cutover'), elsewhere('other')],
    targetAccountFinalizerRoleArns: elsewhere('finalizer'),
  });
  const takenOnBy = (name: string) => {
    const { statements = [] } = spread.functions.find((candidate) => candidate.name === name) ?? {};
    return assuming(statements).map(({ Resource, Condition }) => ({ Resource, Condition }));
  };
  const calling = Object.keys(steps).filter((name) => (steps[name]?.mgnActions.length ?? 0) > 0);

  it.each([...calling.filter((name) => name !== 'FinalizeCutover'), 'ReportRun'])(
    'is taken on by %s, which calls MGN, from its own code, and not one for finalizing',
    (name) => {
      expect(takenOnBy(name)).toEqual([
        { Resource: [elsewhere('cutover'), elsewhere('other')], Condition: withinItself(name) },
      ]);
    },
  );

  it('for finalizing is taken on by the step that finalizes alone', () => {
    expect(takenOnBy('FinalizeCutover')).toEqual([
      {
        Resource: [elsewhere('cutover'), elsewhere('other'), elsewhere('finalizer')],
        Condition: withinItself('FinalizeCutover'),
      },
    ]);
  });

  it('is taken on by nobody else, and by nobody at all where the deployment names none', () => {
    const holders = spread.functions.filter(({ name }) => takenOnBy(name).length > 0).map(({ name }) => name);

    expect(holders.sort()).toEqual([...calling, 'ReportRun'].sort());
    expect(synthesize().functions.flatMap(({ statements }) => assuming(statements))).toEqual([]);
  });
});
