/**
 * The roles of a target account: one that cuts over and brings back, one that finalizes. The functions of an
 * orchestrating stack in another account assume them, each trusted by the name of its own role; so may people and
 * pipelines that run the command line, where the deployment names their role. Deployed as it is, without a bootstrapped
 * account; role names are fixed by stack and region, so that they can be assumed without being looked up.
 */
import {
  Aws,
  BootstraplessSynthesizer,
  CfnCondition,
  CfnOutput,
  CfnParameter,
  Fn,
  type IStackSynthesizer,
  Stack,
  type StackProps,
} from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { policyStatement, unionStatementFacts, type MgnLimits, type StepCalls } from './mgn-actions.ts';
import { steps } from './steps.ts';

/** What bounds the roles, beside the parameters. */
export interface TargetAccountStackProps extends StackProps {
  readonly settings: Pick<MgnLimits, 'targetInstanceRoleNames' | 'sourceServerTag'>;
}

/** The only step that finalizes, and the only one whose function may assume the role that can. */
const finalizing = 'FinalizeCutover';

/** The steps that call MGN, but for the one that finalizes; the others have no business in a target account. */
const cuttingOver = Object.entries(steps).filter(
  ([name, { mgnActions }]) => name !== finalizing && mgnActions.length > 0,
);

/** ReportRun looks at what an execution has left behind; of the role's rights it needs some reads of the others'. */
const reporting = 'WatchersReportRun';

/** Pattern of a role's ARN, or empty. */
const roleArnPattern = '^$|^arn:aws[a-z-]*:iam::\\d{12}:role/[\\w+=,.@/*?-]+$';

/** The roles in a target account, with whom they trust. */
export class TargetAccountStack extends Stack {
  private readonly settings: TargetAccountStackProps['settings'];
  private readonly orchestratorAccount: CfnParameter;
  private readonly orchestratorStack: CfnParameter;
  private readonly externalId: CfnParameter;
  private readonly hasExternalId: CfnCondition;

  constructor(scope: Construct, id: string, { settings, ...props }: TargetAccountStackProps) {
    super(scope, id, {
      description: 'Roles for cutting over source servers of this account from another one (mgn-cutover)',
      synthesizer: withoutBootstrap(),
      ...props,
    });
    this.settings = settings;
    this.orchestratorAccount = this.parameter('OrchestratorAccountId', {
      description: 'The account with the stack whose functions cut over source servers of this account',
      allowedPattern: '^\\d{12}$',
    });
    this.orchestratorStack = this.parameter('OrchestratorStackName', {
      description: 'The name of that stack; short, because role names and trust policies are limited',
      default: 'MgnCutover',
      allowedPattern: '^[A-Za-z][A-Za-z0-9-]{0,15}$', // It stands in the trust policy as often as there are functions.
    });
    this.externalId = this.parameter('ExternalId', {
      description: 'What people and pipelines have to present as external ID to assume a role; empty for none',
      default: '',
      allowedPattern: '^$|^[\\w+=,.@:/-]{2,64}$', // IAM takes 1,224, but only 2,048 for a whole trust policy.
    });
    this.hasExternalId = this.isGiven(this.externalId);
    const operator = this.rolePattern('OperatorRoleArnPattern', 'cut over and bring back from the command line');
    const approver = this.rolePattern('ApproverRoleArnPattern', 'finalize, which cannot be undone');
    this.role('Cutover', cuttingOver, [reporting], operator);
    this.role(
      'Finalizer',
      Object.entries(steps).filter(([name]) => name === finalizing),
      [],
      approver,
    );
  }

  private role(
    id: string,
    members: readonly (readonly [string, StepCalls])[],
    others: readonly string[],
    person: CfnParameter,
  ): void {
    const here = { partition: Aws.PARTITION, region: Aws.REGION, accountID: Aws.ACCOUNT_ID };
    const calls = members.map(([, step]) => step);
    const role = new CfnRole(this, id, {
      roleName: `${this.orchestratorStack.valueAsString}-${id}-${Aws.REGION}`,
      description: `mgn-cutover: steps ${members.map(([name]) => name).join(', ')}`,
      assumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [this.functionsTrust([...members.map(([name]) => name), ...others]), this.personTrust(person)],
      },
      policies: [
        {
          policyName: 'Rights',
          policyDocument: {
            Version: '2012-10-17',
            Statement: unionStatementFacts(calls, this.settings, here).map(policyStatement),
          },
        },
      ],
    });
    new CfnOutput(this, `${id}RoleArn`, { description: `To be assumed for: ${id}`, value: role.attrArn });
  }

  /**
   * A function's role is named by CloudFormation: the stack, the role's logical ID, and something unique. The functions
   * present no external ID; the account and their names are what lets them in.
   */
  private functionsTrust(names: readonly string[]) {
    const account = this.orchestratorAccount.valueAsString;
    const roles = `arn:${Aws.PARTITION}:iam::${account}:role/${this.orchestratorStack.valueAsString}`;
    return this.trust(account, { ArnLike: { 'aws:PrincipalArn': names.map((name) => `${roles}-${name}Role*`) } });
  }

  /** Someone of the pattern's own account; nobody where no pattern is given. */
  private personTrust(pattern: CfnParameter) {
    const account = Fn.select(4, Fn.split(':', `${pattern.valueAsString}:::::`)); // Also of an empty text, which has no fifth part.
    const conditions = {
      ArnLike: { 'aws:PrincipalArn': [pattern.valueAsString] },
      StringEquals: this.when(this.hasExternalId, { 'sts:ExternalId': this.externalId.valueAsString }),
    };
    return this.when(this.isGiven(pattern), this.trust(account, conditions));
  }

  /** The account says who may be let in at all, the conditions which of its roles is. */
  private trust(account: string, conditions: object) {
    return {
      Effect: 'Allow',
      Principal: { AWS: `arn:${Aws.PARTITION}:iam::${account}:root` },
      Action: 'sts:AssumeRole',
      Condition: conditions,
    };
  }

  /** The value, or nothing at all. */
  private when(condition: CfnCondition, value: object) {
    return { 'Fn::If': [condition.logicalId, value, { Ref: 'AWS::NoValue' }] };
  }

  private rolePattern(id: string, purpose: string): CfnParameter {
    return this.parameter(id, {
      description: `ARN (with * and ?) of the roles of people and pipelines that may ${purpose}; empty for nobody`,
      default: '',
      allowedPattern: roleArnPattern,
    });
  }

  private parameter(id: string, props: { description: string; default?: string; allowedPattern: string }) {
    return new CfnParameter(this, id, { type: 'String', ...props });
  }

  private isGiven(parameter: CfnParameter): CfnCondition {
    return new CfnCondition(this, `Has${parameter.node.id}`, {
      expression: Fn.conditionNot(Fn.conditionEquals(parameter.valueAsString, '')),
    });
  }
}

/** CDK's class as its own interface, which strict types do not take it for: it may hold `undefined` for what is optional. */
function withoutBootstrap(): IStackSynthesizer {
  const synthesizer = new BootstraplessSynthesizer();
  return {
    bind: (stack) => {
      synthesizer.bind(stack);
    },
    addFileAsset: (asset) => synthesizer.addFileAsset(asset),
    addDockerImageAsset: (asset) => synthesizer.addDockerImageAsset(asset),
    synthesize: (session) => {
      synthesizer.synthesize(session);
    },
  };
}
