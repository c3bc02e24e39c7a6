/**
 * A scenario and its input without anything that names a company: IDs, accounts, host names, names and tags' values are
 * replaced, the same one by the same pseudonym everywhere, in the form that MGN gives it. Pseudonyms are numbered in the
 * order they come, so that nobody can work back to what they stand for. Times, sizes, states and tags' keys stay.
 */
import type { Tag } from '../../functions/domain/source-server.ts';
import { Pseudonyms } from './pseudonyms.ts';

/** What is made anonymous together: a scenario and an input, both as their files have them. */
export interface NamedPair {
  readonly written: unknown;
  readonly rawInput: unknown;
  readonly sourceServerTag?: Tag | undefined;
}

/** The pair under pseudonyms. */
export function anonymise({ written, rawInput, sourceServerTag }: NamedPair): NamedPair {
  const names = new Pseudonyms();
  const scenario = renamed(written, [], names);
  return {
    written: isObject(scenario) ? { description, ...scenario } : scenario,
    rawInput: renamed(rawInput, [], names),
    sourceServerTag: sourceServerTag && { ...sourceServerTag, value: names.numbered('value', sourceServerTag.value) },
  };
}

const description = 'A fleet under pseudonyms: states, sizes and times are what they were, names are not.';

/** How a text becomes another, by the field it stands in; `holder` is the field that holds the one it stands in. */
type Rule = (text: string, names: Pseudonyms, holder: string) => string;

const identifier: Rule = (text, names) => names.identifier(text);
const numbered =
  (kind: string): Rule =>
  (text, names) =>
    names.numbered(kind, text);
/** AWS's own documents are everybody's. */
const documentName: Rule = (text, names) => (/^AWS/.test(text) ? text : names.numbered('document', text));
const roleArn: Rule = (text, names) => {
  const [, partition = 'aws', account = '', role = ''] = /^arn:(aws[a-z-]*):iam::([^:]*):role\/(.*)$/.exec(text) ?? [];
  return `arn:${partition}:iam::${/^\d/.test(account) ? names.account(account) : account}:role/${names.numbered('role', role)}`;
};
const functionArn: Rule = (text, names) =>
  `arn:aws:lambda:us-east-1:000000000000:function:${names.numbered('function', text)}`;
const nameKinds: Readonly<Record<string, string>> = { waves: 'wave', applications: 'application', hooks: 'hook' };
const serverName: Rule = (text, names) =>
  /^s-[0-9a-zA-Z]{17}$/.test(text) ? names.identifier(text) : names.hostname(text);

/** Texts in fields that are not here stay as they are: states, times, types, sizes. */
const rules: Readonly<Record<string, Rule>> = {
  accountID: (text, names) => names.account(text),
  sourceServerID: identifier,
  sourceServerIDs: identifier,
  applicationID: identifier,
  applicationIDs: identifier,
  independentApplicationIDs: identifier,
  atomicApplicationIDs: identifier,
  waveID: identifier,
  launchConfigurationTemplateID: identifier,
  ec2LaunchTemplateID: identifier,
  vpcID: identifier,
  subnetID: identifier,
  groupID: identifier,
  subnet: identifier,
  securityGroups: identifier,
  alsoInVpcs: identifier,
  name: (text, names, holder) => {
    const kind = nameKinds[holder];
    return kind === undefined ? names.identifier(text) : names.numbered(kind, text);
  },
  after: numbered('wave'),
  hostname: (text, names) => names.hostname(text),
  servers: serverName,
  fqdn: (text, names) => `${names.numbered('host', text)}.example.com`,
  fqdnForActionFramework: (text, names) => `${names.numbered('host', text)}.example.com`,
  userProvidedID: numbered('own-id'),
  ips: (text, names) => names.address(text),
  instanceProfile: numbered('profile'),
  mapAutoTaggingMpeID: numbered('engagement'),
  actionName: numbered('action'),
  actionID: numbered('action-id'),
  documentIdentifier: documentName,
  automation: documentName,
  tag: (text, names) => {
    const [key = ''] = text.split('=', 1);
    return `${key}=${names.numbered('value', text.slice(key.length + 1))}`;
  },
  roleArn,
  finalizerRoleArn: roleArn,
  roles: numbered('role'),
  lambda: functionArn,
  command: numbered('word'),
};

/** Free text, networks, and what is handed to other programs: nobody knows what it names, and no verdict rests on it. */
const dropped: ReadonlySet<string> = new Set([
  'description',
  'cidrBlock',
  'rawError',
  'failureReason',
  'message',
  'members',
  'parameters',
  'externalParameters',
  'plan',
]);

function renamed(value: unknown, path: readonly string[], names: Pseudonyms): unknown {
  const [field = '', holder = ''] = path;
  if (typeof value === 'string') return rules[field]?.(value, names, holder) ?? value;
  if (Array.isArray(value)) return value.map((item: unknown) => renamed(item, path, names));
  if (!isObject(value)) return value;
  if (field === 'tags')
    return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, names.numbered('value', String(text))]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      dropped.has(key) ? [] : [[key, renamed(member, [key, ...path], names)] as const],
    ),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
