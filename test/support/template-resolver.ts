/**
 * What CloudFormation makes of a template's intrinsic functions: names, ARNs and pseudo parameters. It knows the
 * resources and functions that this stack needs and refuses all others, rather than guess.
 */
import * as v from 'valibot';

const ResourceSchema = v.looseObject({
  Type: v.string(),
  Properties: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** A template as `cdk synth` writes it, as far as it is read here. */
export const TemplateSchema = v.looseObject({
  Resources: v.record(v.string(), ResourceSchema),
  Outputs: v.optional(v.record(v.string(), v.looseObject({ Value: v.unknown() })), {}),
});

/** A template. */
export type Template = v.InferOutput<typeof TemplateSchema>;

/** Where a stack is deployed and under which name. */
export interface Deployment {
  readonly partition: string;
  readonly region: string;
  readonly accountID: string;
  readonly stackName: string;
}

/** A template says something that the resolver does not know or that refers to nothing. */
export class UnresolvedError extends Error {
  override readonly name = 'UnresolvedError';
}

/** What `Ref` and `Fn::GetAtt` give of a resource. */
interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A resource whose identity is asked for. */
interface Subject {
  /** Its name: the one the template gives it in the property named, or else one made of the stack's and its logical ID. */
  readonly nameFrom: (property: string) => string;
  /** A property that has to be there, resolved. */
  readonly text: (property: string) => string;
  /** An ARN in the stack's account and region. */
  readonly arn: (service: string, resource: string) => string;
  /** Its place, from 1, among the resources of its type that have the same value in the property. */
  readonly numberAmong: (property: string) => number;
}

const versioned = (arn: string, number: number): Identity => {
  const version = String(number);
  return { ref: `${arn}:${version}`, attributes: { Arn: `${arn}:${version}`, Version: version } };
};

const identities: Readonly<Record<string, (subject: Subject) => Identity>> = {
  'AWS::DynamoDB::Table': ({ nameFrom, arn }) => {
    const name = nameFrom('TableName');
    return { ref: name, attributes: { Arn: arn('dynamodb', `table/${name}`) } };
  },
  'AWS::Lambda::Function': ({ nameFrom, arn }) => {
    const name = nameFrom('FunctionName');
    return { ref: name, attributes: { Arn: arn('lambda', `function:${name}`) } };
  },
  'AWS::Lambda::Version': ({ text, arn, numberAmong }) =>
    versioned(arn('lambda', `function:${text('FunctionName')}`), numberAmong('FunctionName')),
  'AWS::Logs::LogGroup': ({ nameFrom, arn }) => {
    const name = nameFrom('LogGroupName');
    return { ref: name, attributes: { Arn: arn('logs', `log-group:${name}:*`) } };
  },
  'AWS::S3::Bucket': ({ nameFrom }) => {
    const name = nameFrom('BucketName').toLowerCase();
    return { ref: name, attributes: { Arn: `arn:aws:s3:::${name}` } };
  },
  'AWS::SNS::Topic': ({ nameFrom, arn }) => {
    const name = nameFrom('TopicName');
    return { ref: arn('sns', name), attributes: { TopicArn: arn('sns', name), TopicName: name } };
  },
  'AWS::StepFunctions::StateMachine': ({ nameFrom, arn }) => {
    const name = nameFrom('StateMachineName');
    const machineArn = arn('states', `stateMachine:${name}`);
    return {
      ref: machineArn,
      attributes: { Arn: machineArn, Name: name, StateMachineRevisionId: `revision-of-${name}` },
    };
  },
  'AWS::StepFunctions::StateMachineVersion': ({ text, numberAmong }) =>
    versioned(text('StateMachineArn'), numberAmong('StateMachineArn')),
};

const RefSchema = v.strictObject({ Ref: v.string() });
const GetAttSchema = v.strictObject({ 'Fn::GetAtt': v.strictTuple([v.string(), v.string()]) });
const JoinSchema = v.strictObject({ 'Fn::Join': v.strictTuple([v.string(), v.array(v.unknown())]) });
const SubSchema = v.strictObject({ 'Fn::Sub': v.string() });

/** Resolves values of one template, deployed as said. */
export class TemplateResolver {
  readonly #template: Template;
  readonly #deployment: Deployment;

  constructor(template: Template, deployment: Deployment) {
    this.#template = template;
    this.#deployment = deployment;
  }

  /**
   * The value with every intrinsic function in it carried out.
   * @throws UnresolvedError for a function, a resource type or an attribute it does not know, or a reference to nothing.
   */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item));
    if (typeof value !== 'object' || value === null) return value;
    const [key, ...others] = Object.keys(value);
    if (key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'))) return this.#call(value);
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.resolve(member)]));
  }

  /**
   * The value, which has to come to a text.
   * @throws UnresolvedError as {@link resolve}, and when it is none.
   */
  text(value: unknown): string {
    const resolved = this.resolve(value);
    if (typeof resolved === 'string') return resolved;
    throw new UnresolvedError(`${JSON.stringify(value)} is no text.`);
  }

  /** The resources of a type, by logical ID, in the template's order. */
  resourcesOf(type: string): [string, Template['Resources'][string]][] {
    return Object.entries(this.#template.Resources).filter(([, resource]) => resource.Type === type);
  }

  /** `Ref` of a resource or pseudo parameter. */
  ref(name: string): string {
    return this.#pseudoParameters()[name] ?? this.#identityOf(name).ref;
  }

  #pseudoParameters(): Readonly<Record<string, string>> {
    const { partition, region, accountID, stackName } = this.#deployment;
    return {
      'AWS::Partition': partition,
      'AWS::Region': region,
      'AWS::AccountId': accountID,
      'AWS::StackName': stackName,
      'AWS::URLSuffix': 'amazonaws.com',
    };
  }

  #call(value: object): string {
    if (v.is(RefSchema, value)) return this.ref(value.Ref);
    if (v.is(GetAttSchema, value)) return this.#attribute(...value['Fn::GetAtt']);
    if (v.is(JoinSchema, value)) {
      const [separator, parts] = value['Fn::Join'];
      return parts.map((part) => this.text(part)).join(separator);
    }
    if (v.is(SubSchema, value)) return this.#substitute(value['Fn::Sub']);
    throw new UnresolvedError(`The resolver does not know ${JSON.stringify(value)}.`);
  }

  #substitute(text: string): string {
    return text.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      const [resource = '', attribute] = name.split('.', 2);
      return attribute === undefined ? this.ref(resource) : this.#attribute(resource, attribute);
    });
  }

  #attribute(logicalID: string, attribute: string): string {
    const value = this.#identityOf(logicalID).attributes[attribute];
    if (value === undefined) throw new UnresolvedError(`${logicalID} has no attribute ${attribute} that is known.`);
    return value;
  }

  #identityOf(logicalID: string): Identity {
    const resource = this.#template.Resources[logicalID];
    if (resource === undefined) throw new UnresolvedError(`The template has no resource ${logicalID}.`);
    if (resource.Type === 'AWS::StepFunctions::StateMachineAlias') return this.#aliasIdentity(resource.Properties);
    const identity = identities[resource.Type];
    if (identity === undefined) throw new UnresolvedError(`The resolver knows no names of ${resource.Type}.`);
    const { partition, region, accountID, stackName } = this.#deployment;
    const text = (property: string) => this.text(resource.Properties[property]);
    return identity({
      text,
      nameFrom: (property) =>
        resource.Properties[property] === undefined ? `${stackName}-${logicalID}` : text(property),
      arn: (service, name) => `arn:${partition}:${service}:${region}:${accountID}:${name}`,
      numberAmong: (property) => {
        const alike = this.resourcesOf(resource.Type).filter(
          ([, { Properties }]) => this.text(Properties[property]) === text(property),
        );
        return alike.findIndex(([id]) => id === logicalID) + 1;
      },
    });
  }

  /** An alias's ARN is its machine's with the alias's name; it knows its machine only by the version it points to. */
  #aliasIdentity(properties: Readonly<Record<string, unknown>>): Identity {
    const machineArn = aliasedVersion(properties, this).split(':').slice(0, 7).join(':');
    const arn = `${machineArn}:${this.text(properties['Name'])}`;
    return { ref: arn, attributes: { Arn: arn } };
  }
}

const VersionSchema = v.looseObject({ StateMachineVersionArn: v.unknown() });
const AliasSchema = v.union([
  v.pipe(
    v.looseObject({ DeploymentPreference: VersionSchema }),
    v.transform(({ DeploymentPreference }) => DeploymentPreference),
  ),
  v.pipe(
    v.looseObject({ RoutingConfiguration: v.strictTuple([VersionSchema]) }),
    v.transform(({ RoutingConfiguration: [route] }) => route),
  ),
]);

/**
 * ARN of the one version that a state machine alias with these properties points to.
 * @throws UnresolvedError when it cannot be told.
 */
export function aliasedVersion(properties: Readonly<Record<string, unknown>>, resolver: TemplateResolver): string {
  const target = v.safeParse(AliasSchema, properties);
  if (target.success) return resolver.text(target.output.StateMachineVersionArn);
  throw new UnresolvedError(`An alias points to no version, or to several: ${JSON.stringify(properties)}.`);
}
