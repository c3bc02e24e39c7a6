/** The stack's template, with the parts that the tests look at in a shape they can rely on. */
import { rmSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import * as v from 'valibot';
import { CutoverStack } from '../../infra/cutover-stack.ts';
import { bundleFunctions } from '../../infra/function-bundles.ts';

const ListSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

const StatementSchema = v.object({
  Effect: v.picklist(['Allow', 'Deny']),
  Action: ListSchema,
  /** As text, so that references can be compared and searched. */
  Resource: v.pipe(
    v.unknown(),
    v.transform((resource) => (Array.isArray(resource) ? resource : [resource]).map((one) => JSON.stringify(one))),
  ),
  Condition: v.optional(v.unknown()),
});
/** A statement of a policy; single actions and resources as lists. */
export type Statement = v.InferOutput<typeof StatementSchema>;

const RefSchema = v.object({ Ref: v.string() });
const GetArnSchema = v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) });

const PolicySchema = v.object({
  PolicyDocument: v.object({ Statement: v.array(StatementSchema) }),
  Roles: v.array(RefSchema),
});
const FunctionSchema = v.looseObject({
  Description: v.string(),
  Role: GetArnSchema,
  Timeout: v.number(),
  LoggingConfig: v.object({ LogGroup: RefSchema }),
});
const MachineSchema = v.looseObject({
  StateMachineName: v.string(),
  DefinitionString: v.string(),
  DefinitionSubstitutions: v.record(v.string(), v.union([GetArnSchema, RefSchema])),
  RoleArn: GetArnSchema,
});

const ResourceSchema = v.looseObject({ Type: v.string(), Properties: v.optional(v.unknown()) });
const TemplateSchema = v.object({ Resources: v.record(v.string(), ResourceSchema) });

/** A function of the stack. */
export interface DeployedFunction {
  /** The step's name. */
  readonly name: string;
  readonly logicalID: string;
  readonly properties: v.InferOutput<typeof FunctionSchema>;
  readonly statements: readonly Statement[];
}

/** A state machine of the stack. */
export interface DeployedMachine {
  readonly logicalID: string;
  readonly properties: v.InferOutput<typeof MachineSchema>;
  readonly statements: readonly Statement[];
}

/** The stack as CloudFormation would get it. */
export interface Synthesized {
  readonly resources: Readonly<Record<string, v.InferOutput<typeof ResourceSchema>>>;
  readonly functions: readonly DeployedFunction[];
  readonly machines: readonly DeployedMachine[];
}

/** Synthesizes the stack. */
export function synthesize(targetInstanceRoleNames: readonly string[] = []): Synthesized {
  const app = new App({ analyticsReporting: false });
  const settings = { targetInstanceRoleNames };
  new CutoverStack(app, 'MgnCutover', { bundlesFolder: bundleFunctions(), settings });
  const assembly = app.synth();
  const { Resources: resources } = v.parse(TemplateSchema, assembly.getStackByName('MgnCutover').template);
  rmSync(assembly.directory, { recursive: true });

  const ofType = <Schema extends v.GenericSchema>(type: string, schema: Schema) =>
    Object.entries(resources).flatMap(([logicalID, resource]) =>
      resource.Type === type ? [{ logicalID, properties: v.parse(schema, resource.Properties) }] : [],
    );
  const policies = ofType('AWS::IAM::Policy', PolicySchema);
  const statementsOf = (roleID: string) =>
    policies
      .filter(({ properties }) => properties.Roles.some((role) => role.Ref === roleID))
      .flatMap(({ properties }) => properties.PolicyDocument.Statement);
  return {
    resources,
    functions: ofType('AWS::Lambda::Function', FunctionSchema).map((deployed) => ({
      ...deployed,
      name: deployed.properties.Description.split(' ').at(-1) ?? '',
      statements: statementsOf(deployed.properties.Role['Fn::GetAtt'][0]),
    })),
    machines: ofType('AWS::StepFunctions::StateMachine', MachineSchema).map((deployed) => ({
      ...deployed,
      statements: statementsOf(deployed.properties.RoleArn['Fn::GetAtt'][0]),
    })),
  };
}
