/** The stack as CloudFormation would get it, with the parts that the tests look at in a shape they can rely on. */
import { rmSync } from 'node:fs';
import * as v from 'valibot';
import { createCutoverApp, stackName, type CutoverApp } from '../../infra/cutover-app.ts';
import { bundleFunctions } from '../../infra/function-bundles.ts';
import { textOf } from './resources-of.ts';

const bundlesFolder = bundleFunctions();

const ListSchema = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

const StatementSchema = v.object({
  Sid: v.optional(v.string()),
  Effect: v.picklist(['Allow', 'Deny']),
  Principal: v.optional(v.unknown()),
  Action: ListSchema,
  Resource: v.optional(ListSchema, []),
  Condition: v.optional(
    v.record(v.string(), v.record(v.string(), v.union([v.string(), v.number(), v.array(v.string())]))),
  ),
});
/** A statement of a policy; single actions and resources as lists. */
export type Statement = v.InferOutput<typeof StatementSchema>;

const DocumentSchema = v.object({ Statement: v.array(StatementSchema) });

const RoleSchema = v.looseObject({
  AssumeRolePolicyDocument: DocumentSchema,
  Policies: v.tuple([v.object({ PolicyName: v.string(), PolicyDocument: DocumentSchema })]),
});
const FunctionSchema = v.looseObject({
  FunctionName: v.string(),
  Role: v.string(),
  Timeout: v.number(),
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
});
const MachineSchema = v.looseObject({
  StateMachineName: v.string(),
  DefinitionString: v.string(),
  DefinitionSubstitutions: v.record(v.string(), v.string()),
  RoleArn: v.string(),
});

const ResourceSchema = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});
const TemplateSchema = v.object({
  Resources: v.record(v.string(), ResourceSchema),
  Outputs: v.record(v.string(), v.looseObject({ Value: v.string() })),
});

/** A resource of the stack. */
export type Resource = v.InferOutput<typeof ResourceSchema>;

/** A function of the stack. */
export interface DeployedFunction {
  /** The step's or watcher's name. */
  readonly name: string;
  readonly logicalID: string;
  readonly properties: v.InferOutput<typeof FunctionSchema>;
  /** What its role may do. */
  readonly statements: readonly Statement[];
  /** Who may assume its role. */
  readonly trust: readonly Statement[];
}

/** A state machine of the stack. */
export interface DeployedMachine {
  /** Its file's name. */
  readonly file: string;
  readonly logicalID: string;
  readonly properties: v.InferOutput<typeof MachineSchema>;
  readonly statements: readonly Statement[];
  readonly trust: readonly Statement[];
}

/** The stack; in all of it references are written as `<LogicalID>` and `<LogicalID.Attribute>`. */
export interface Synthesized {
  readonly resources: Readonly<Record<string, Resource>>;
  readonly functions: readonly DeployedFunction[];
  readonly machines: readonly DeployedMachine[];
  /** Values by name. */
  readonly outputs: Readonly<Record<string, string>>;
  /** As `aws://account/region`. */
  readonly environment: string;
  readonly tags: Readonly<Record<string, string>>;
  /** What would have to be looked up in an account first. */
  readonly missing: readonly unknown[];
  /** The properties of all resources of a type, by logical ID. */
  readonly ofType: (type: string) => Readonly<Record<string, Resource['Properties']>>;
  /** The logical ID of the only resource of a type; empty when there is none, or another. */
  readonly idOf: (type: string) => string;
}

/** The app with these settings in its context, not synthesized. */
export function buildApp(context: Readonly<Record<string, unknown>> = {}): CutoverApp {
  return createCutoverApp({ bundlesFolder, context });
}

/** Synthesizes the stack with these settings in its context. */
export function synthesize(context: Readonly<Record<string, unknown>> = {}): Synthesized {
  const assembly = buildApp(context).app.synth();
  const artifact = assembly.getStackByName(stackName);
  const { Resources: resources, Outputs } = v.parse(TemplateSchema, written(artifact.template));
  rmSync(assembly.directory, { recursive: true });

  const ofType = (type: string) =>
    Object.fromEntries(
      Object.entries(resources).flatMap(([logicalID, { Type, Properties }]) =>
        Type === type ? [[logicalID, Properties]] : [],
      ),
    );
  const parsed = <Schema extends v.GenericSchema>(type: string, schema: Schema) =>
    Object.entries(ofType(type)).map(([logicalID, properties]) => ({
      logicalID,
      properties: v.parse(schema, properties),
    }));
  const rightsOf = (roleArn: string) => {
    const role = v.parse(RoleSchema, resources[roleArn.replace(/^<(.*)\.Arn>$/, '$1')]?.Properties);
    const [{ PolicyDocument }] = role.Policies;
    return { statements: PolicyDocument.Statement, trust: role.AssumeRolePolicyDocument.Statement };
  };
  return {
    resources,
    functions: parsed('AWS::Lambda::Function', FunctionSchema).map((deployed) => ({
      ...deployed,
      name: deployed.properties.FunctionName.replace(`${stackName}-`, ''),
      ...rightsOf(deployed.properties.Role),
    })),
    machines: parsed('AWS::StepFunctions::StateMachine', MachineSchema).map((deployed) => ({
      ...deployed,
      file: deployed.properties.StateMachineName.replace(`${stackName}-`, ''),
      ...rightsOf(deployed.properties.RoleArn),
    })),
    outputs: Object.fromEntries(Object.entries(Outputs).map(([name, { Value }]) => [name, Value])),
    environment: artifact.environment.name,
    tags: artifact.tags,
    missing: assembly.manifest.missing ?? [],
    ofType,
    idOf: (type) => {
      const [id, ...others] = Object.keys(ofType(type));
      return others.length === 0 ? (id ?? '') : '';
    },
  };
}

/** The statements of a policy document in a resource's properties. */
export function statementsIn(document: unknown): Statement[] {
  return v.parse(DocumentSchema, document).Statement;
}

/** The value with every intrinsic function in it written out as text. */
function written(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(written);
  if (typeof value !== 'object' || value === null) return value;
  const [key = '', ...others] = Object.keys(value);
  if (others.length === 0 && ['Ref', 'Fn::GetAtt', 'Fn::Join'].includes(key)) return textOf(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, written(member)]));
}
