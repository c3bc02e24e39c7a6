/** One step's Lambda function, with no more rights than the step's calls need. */
import { Effect, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { CutoverFunction, withinFunction, type FunctionSurroundings } from './cutover-function.ts';
import { hookStatements } from './hook-permissions.ts';
import type { MgnAction } from './mgn-actions.ts';
import { mgnStatements, targetRoleStatements } from './mgn-permissions.ts';
import { functionNameOf } from './names.ts';
import type { Settings } from './settings.ts';
import type { Step } from './steps.ts';

/** What a step's function is made of. */
export interface TaskFunctionProps {
  readonly step: Step;
  readonly surroundings: FunctionSurroundings;
}

/** Calls that change a source server or what was launched for it. */
const mutations: readonly MgnAction[] = [
  'StartCutover',
  'TerminateTargetInstances',
  'ChangeServerLifeCycleState',
  'FinalizeCutover',
];

/** The function of one step. Its role may read and write the ledger, make the step's calls, and nothing else. */
export class TaskFunction extends CutoverFunction {
  constructor(scope: Construct, id: string, { step, surroundings }: TaskFunctionProps) {
    const { settings } = surroundings;
    super(scope, id, {
      surroundings,
      purpose: `the step ${id}`,
      timeoutSeconds: step.timeoutSeconds,
      ledgerAccess: 'readAndWrite',
      statements: stepStatements(step, settings, functionNameOf(scope, id)),
      environment:
        step.checksSourceServerTag === true && settings.sourceServerTag !== undefined
          ? { SOURCE_SERVER_TAG: settings.sourceServerTag }
          : {},
    });
  }
}

function stepStatements(step: Step, settings: Settings, functionName: string): PolicyStatement[] {
  const statements = mgnStatements(step, settings);
  for (const statement of statements) if (isMutation(statement)) statement.addConditions(withinFunction(functionName));
  return [
    ...statements,
    ...targetRoleStatements(step, settings, functionName),
    ...(step.runsHooks === true ? hookStatements(settings, functionName) : []),
  ];
}

function isMutation({ effect, actions }: PolicyStatement): boolean {
  return effect === Effect.ALLOW && mutations.some((mutation) => actions.includes(`mgn:${mutation}`));
}
