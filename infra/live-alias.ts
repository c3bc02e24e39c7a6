/** A state machine as people, schedules and the command line start it: by the alias `live` and in no other way. */
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnStateMachineAlias } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { useOfKey } from './customer-key.ts';
import type { CutoverStateMachine } from './cutover-state-machine.ts';

/** The name of every such alias. */
export const liveAliasName = 'live';

/** The alias of one machine; it stands for the version that was deployed last. */
export class LiveAlias extends Construct {
  /** What to start: `arn:…:stateMachine:NAME:live`. */
  readonly aliasArn: string;
  readonly target: CutoverStateMachine;
  readonly #customerKey: IKey | undefined;

  constructor(scope: Construct, id: string, target: CutoverStateMachine, customerKey: IKey | undefined) {
    super(scope, id);
    this.target = target;
    this.#customerKey = customerKey;
    const alias = new CfnStateMachineAlias(this, 'Resource', {
      name: liveAliasName,
      routingConfiguration: [{ stateMachineVersionArn: target.versionArn, weight: 100 }],
    });
    this.aliasArn = alias.ref;
  }

  /**
   * What an identity needs to start executions by this alias, and by neither the bare machine nor a version. IAM is
   * asked about the machine's own ARN; the alias comes as a condition key (Step Functions Developer Guide,
   * "Authorization for versions and aliases").
   */
  startStatements(): PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: ['states:StartExecution'],
        resources: [this.target.machine.stateMachineArn],
        conditions: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': liveAliasName } },
      }),
      ...useOfKey(this.#customerKey, ['states']),
    ];
  }
}
