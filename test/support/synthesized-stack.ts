/**
 * The stack as `cdk synth` writes it to `cdk.out`, read the way AWS would: the template's functions with the code in
 * their asset folders, its state machines with their substitutions made, its versions, aliases and table.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { compileMachines, type Machines } from '../../local/machines.ts';
import {
  aliasedVersion,
  TemplateResolver,
  TemplateSchema,
  UnresolvedError,
  type Deployment,
} from './template-resolver.ts';

/** A Lambda function of the template. */
export interface SynthesizedFunction {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  /** `file.export`. */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMB: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroupName: string;
  /** Absolute path of the folder that is unpacked as the function's code; outside of the repository. */
  readonly folder: string;
}

/** What `cdk synth` made. */
export interface SynthesizedStack {
  readonly deployment: Deployment;
  /** By name. */
  readonly functions: ReadonlyMap<string, SynthesizedFunction>;
  /** The state machines by name, checked and ready to run: their definitions with every substitution made. */
  readonly machines: Machines;
  /** The ledger's table, resolved: CreateTable's own members among them. */
  readonly table: Table;
  /**
   * Name of the machine that an ARN leads to: its own, or that of one of its versions or aliases.
   * @throws UnresolvedError when there is none.
   */
  machineOf(arn: string): string;
  /**
   * An output of the stack.
   * @throws UnresolvedError when there is none of that name.
   */
  output(name: string): string;
  /** Removes the folder. */
  remove(): void;
}

const ManifestSchema = v.object({
  artifacts: v.record(
    v.string(),
    v.looseObject({ type: v.string(), properties: v.optional(v.record(v.string(), v.unknown()), {}) }),
  ),
});

const AssetsSchema = v.object({
  files: v.record(
    v.string(),
    v.looseObject({
      source: v.looseObject({ path: v.string(), packaging: v.string() }),
      destinations: v.record(v.string(), v.looseObject({ objectKey: v.string() })),
    }),
  ),
});

const FunctionSchema = v.object({
  Code: v.looseObject({ S3Key: v.string() }),
  Handler: v.string(),
  Runtime: v.string(),
  Timeout: v.number(),
  MemorySize: v.number(),
  Environment: v.object({ Variables: v.record(v.string(), v.string()) }),
  LoggingConfig: v.looseObject({ LogGroup: v.string() }),
});

const MachineSchema = v.looseObject({
  DefinitionString: v.string(),
  DefinitionSubstitutions: v.optional(v.record(v.string(), v.string()), {}),
});

const TableSchema = v.looseObject({
  BillingMode: v.literal('PAY_PER_REQUEST'),
  AttributeDefinitions: v.array(v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) })),
  KeySchema: v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) })),
});

/** A DynamoDB table as CreateTable takes it. */
export type Table = Pick<v.InferOutput<typeof TableSchema>, 'AttributeDefinitions' | 'BillingMode' | 'KeySchema'> & {
  readonly TableName: string;
};

const root = path.join(__dirname, '../..');

/** The Node that the repository brings, which is the one of the functions' runtime. */
export const nodePath = path.join(root, 'node_modules/.bin/node');

/** Where the stack is thought to be deployed: in the account and region of the example. */
const deployment = { partition: 'aws', region: 'eu-central-1', accountID: '123456789012', stackName: 'MgnCutover' };

/**
 * Runs the CDK app as `cdk synth` does, with an environment that has neither credentials nor anything else in it, and
 * reads what it wrote.
 */
export function synthesizeStack(): SynthesizedStack {
  const folder = mkdtempSync(path.join(tmpdir(), 'mgn-cutover-synth-'));
  // Lest one of a folder above decide how Node reads the functions' files.
  writeFileSync(path.join(folder, 'package.json'), '{}');
  execFileSync(nodePath, ['infra/app.ts'], { cwd: root, env: { CDK_OUTDIR: folder }, stdio: 'pipe' });
  return {
    ...readStack(folder),
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}

function readStack(folder: string): Omit<SynthesizedStack, 'remove'> {
  const { artifacts } = readJson(folder, 'manifest.json', ManifestSchema);
  const template = readJson(
    folder,
    String(artifacts[deployment.stackName]?.properties['templateFile']),
    TemplateSchema,
  );
  const resolver = new TemplateResolver(template, deployment);
  const functionNames = readFunctionArns(resolver);
  const machineNames = readMachineArns(resolver);
  const machineOf = (arn: string) => {
    const name = machineNames.get(arn);
    if (name === undefined) throw new UnresolvedError(`No state machine has the ARN ${arn}.`);
    return name;
  };
  const isKnown = (arn: string) => functionNames.has(arn) || machineNames.has(arn);
  return {
    deployment,
    functions: new Map(readFunctions(resolver, readAssets(folder, artifacts)).map((one) => [one.name, one])),
    machines: compileMachines(readDefinitions(resolver, isKnown), { residence: deployment }),
    table: readTable(resolver),
    machineOf,
    output: (name) => {
      const output = template.Outputs[name];
      if (output === undefined) throw new UnresolvedError(`The stack has no output ${name}.`);
      return resolver.text(output.Value);
    },
  };
}

/** Absolute path of each asset's folder by the key it is uploaded under. */
function readAssets(folder: string, artifacts: v.InferOutput<typeof ManifestSchema>['artifacts']): Map<string, string> {
  const manifests = Object.values(artifacts).filter(({ type }) => type === 'cdk:asset-manifest');
  const files = manifests.flatMap(({ properties }) =>
    Object.values(readJson(folder, String(properties['file']), AssetsSchema).files),
  );
  return new Map(
    files
      .filter(({ source }) => source.packaging === 'zip')
      .flatMap(({ source, destinations }) =>
        Object.values(destinations).map(({ objectKey }): [string, string] => [
          objectKey,
          path.join(folder, source.path),
        ]),
      ),
  );
}

function readFunctions(resolver: TemplateResolver, assets: ReadonlyMap<string, string>): SynthesizedFunction[] {
  return resolver.resourcesOf('AWS::Lambda::Function').map(([logicalID, { Properties }]) => {
    const read = Object.entries(Properties).filter(([property]) => property in FunctionSchema.entries);
    const parsed = v.parse(FunctionSchema, resolver.resolve(Object.fromEntries(read)));
    const folder = assets.get(parsed.Code.S3Key);
    if (folder === undefined) throw new UnresolvedError(`The code of ${logicalID} is no asset.`);
    return {
      name: resolver.ref(logicalID),
      arn: resolver.text({ 'Fn::GetAtt': [logicalID, 'Arn'] }),
      runtime: parsed.Runtime,
      handler: parsed.Handler,
      timeoutSeconds: parsed.Timeout,
      memoryMB: parsed.MemorySize,
      environment: parsed.Environment.Variables,
      logGroupName: parsed.LoggingConfig.LogGroup,
      folder,
    };
  });
}

/** Names of functions by every ARN that calls them. */
function readFunctionArns(resolver: TemplateResolver): Map<string, string> {
  const own = resolver
    .resourcesOf('AWS::Lambda::Function')
    .map(([id]): [string, string] => [resolver.text({ 'Fn::GetAtt': [id, 'Arn'] }), resolver.ref(id)]);
  const versions = resolver
    .resourcesOf('AWS::Lambda::Version')
    .map(([id, { Properties }]): [string, string] => [resolver.ref(id), resolver.text(Properties['FunctionName'])]);
  return new Map([...own, ...versions]);
}

/** Names of machines by every ARN that starts them. */
function readMachineArns(resolver: TemplateResolver): Map<string, string> {
  const names = new Map(
    resolver
      .resourcesOf('AWS::StepFunctions::StateMachine')
      .map(([id]): [string, string] => [resolver.ref(id), resolver.text({ 'Fn::GetAtt': [id, 'Name'] })]),
  );
  const lead = (arn: string, target: string) => {
    const name = names.get(target);
    if (name === undefined) throw new UnresolvedError(`${arn} leads to ${target}, which is not in the template.`);
    names.set(arn, name);
  };
  for (const [id, { Properties }] of resolver.resourcesOf('AWS::StepFunctions::StateMachineVersion'))
    lead(resolver.ref(id), resolver.text(Properties['StateMachineArn']));
  for (const [id, { Properties }] of resolver.resourcesOf('AWS::StepFunctions::StateMachineAlias'))
    lead(resolver.ref(id), aliasedVersion(Properties, resolver));
  return names;
}

/** Definitions by the name of their machine. */
function readDefinitions(resolver: TemplateResolver, isKnown: (arn: string) => boolean): Record<string, unknown> {
  const definitions = resolver.resourcesOf('AWS::StepFunctions::StateMachine').map(([logicalID, { Properties }]) => {
    const { DefinitionString, DefinitionSubstitutions } = Properties;
    const machine = v.parse(MachineSchema, resolver.resolve({ DefinitionString, DefinitionSubstitutions }));
    const name = resolver.text({ 'Fn::GetAtt': [logicalID, 'Name'] });
    const text = machine.DefinitionString.replaceAll(/\$\{([^}]*)\}/g, (_, variable: string) => {
      const value = machine.DefinitionSubstitutions[variable];
      if (value === undefined) throw new UnresolvedError(`${name}: nothing is given for \${${variable}}.`);
      if (!isKnown(value)) throw new UnresolvedError(`${name}: ${value} is no function and no machine of the stack.`);
      return value;
    });
    return [name, JSON.parse(text)] as const;
  });
  return Object.fromEntries(definitions);
}

function readTable(resolver: TemplateResolver): Table {
  const [[logicalID, { Properties }] = [undefined, { Properties: {} }], ...others] =
    resolver.resourcesOf('AWS::DynamoDB::Table');
  if (logicalID === undefined || others.length > 0) throw new UnresolvedError('There has to be one table.');
  const { AttributeDefinitions, BillingMode, KeySchema } = v.parse(TableSchema, Properties);
  return { TableName: resolver.ref(logicalID), AttributeDefinitions, BillingMode, KeySchema };
}

function readJson<Schema extends v.GenericSchema>(folder: string, file: string, schema: Schema): v.InferOutput<Schema> {
  return v.parse(schema, JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
}
