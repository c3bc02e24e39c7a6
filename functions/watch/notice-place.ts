/** Where a run is, for those who are told of it: the source servers' account and region, and the way to the run itself. */
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { accountIDOf, targetOf } from '../domain/target.ts';
import type { NoticeDocument } from './notice-document.ts';
import type { NextStep } from './notice-steps.ts';
import { listed } from './notice-text.ts';

/** Where something happens that people are told of. */
export interface NoticePlace {
  /** The deployed stack; undefined where a machine of somebody's own does the work. */
  readonly stackName?: string | undefined;
  /** The caller's own account, where the input names none; undefined where nobody knows it. */
  readonly accountID?: string | undefined;
  /** The caller's own region. */
  readonly region: string;
  /** What leads there in commands, such as `--stack MgnCutover --region eu-central-1`. */
  readonly flags: string;
  /** The execution in the console; undefined where there is none. */
  readonly executionUrl?: string | undefined;
}

/** A deployed stack. */
export interface StackPlace {
  readonly stackName: string;
  readonly partition: string;
  readonly region: string;
  readonly accountID: string;
}

const consoleHosts: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The address of the execution's page in the console; undefined in a partition whose console is not known. */
export function executionUrl(executionID: string): string | undefined {
  const [, partition = '', , region = ''] = executionID.split(':');
  const host = consoleHosts[partition];
  return host && `https://${region}.${host}/states/home?region=${region}#/v2/executions/details/${executionID}`;
}

/** The flags by which commands find the stack. */
export function stackFlags(stackName: string, region: string): string {
  return `--stack ${stackName} --region ${region}`;
}

/**
 * Where the run is that is in the stack's ledger. Somebody's own machine may do its work (`--ledger stack:NAME`); then
 * there is no execution to look at, and commands have to reach the same machine's way.
 */
export function placeOnStack({ runID, holder }: RunRecord, stack: StackPlace): NoticePlace {
  const { stackName, partition, region, accountID } = stack;
  const executions = `arn:${partition}:states:${region}:${accountID}:execution:${stackName}-`;
  const here = { stackName, accountID, region };
  if (holder !== undefined && !holder.executionID.startsWith(executions))
    return { ...here, flags: `--region ${region} --ledger stack:${stackName}` };
  const executionID = holder?.executionID ?? `${executions}wave-cutover:${runID}`;
  return { ...here, flags: stackFlags(stackName, region), executionUrl: executionUrl(executionID) };
}

/** Where the source servers of a run are, and which wave they are of. */
export function whereabouts(
  run: RunRecord | undefined,
  servers: readonly Pick<ServerRecord, 'arn'>[],
  { stackName, accountID, region }: Pick<NoticePlace, 'stackName' | 'accountID' | 'region'>,
): Pick<NoticeDocument, 'wave' | 'account' | 'region' | 'stack'> {
  const target = run === undefined ? {} : targetOf(run);
  const [, , , ofServers = '', account = ''] = servers[0]?.arn.split(':') ?? [];
  const known = {
    wave: run?.input.waveID,
    account: account === '' ? (accountIDOf(target) ?? accountID) : account,
    stack: stackName,
  };
  return {
    ...(known.wave !== undefined && { wave: known.wave }),
    ...(known.account !== undefined && { account: known.account }),
    region: ofServers === '' ? (target.region ?? region) : ofServers,
    ...(known.stack !== undefined && { stack: known.stack }),
  };
}

/** Such as `Where: run night-1, wave wave-1234, account 123456789012, eu-central-1, stack MgnCutover.` */
export function whereSentence(
  name: string,
  { wave, account, region, stack }: Pick<NoticeDocument, 'wave' | 'account' | 'region' | 'stack'>,
): string {
  const parts = [
    name,
    wave,
    account && `account ${account}`,
    region,
    stack === undefined ? 'work done on one machine' : `stack ${stack}`,
  ];
  return `Where: ${parts.filter((part) => part !== undefined).join(', ')}.`;
}

/** The steps as whole command lines. */
export function commandsOf(steps: readonly NextStep[], flags: string): string[] {
  return steps.map(({ command }) => `mgn-cutover ${command} ${flags}`);
}

/** What to do next, each command on a line of its own. */
export function stepLines(steps: readonly NextStep[], flags: string): string {
  const lines = steps.map(({ what, command }) => `${listed(`${what}:`)}\n    mgn-cutover ${command} ${flags}`);
  return ['What to do next:', ...lines].join('\n');
}

/** Where the report and the execution are; nothing where there is neither. */
export function placeLines(reportUri: string | undefined, execution: string | undefined): string[] {
  const lines = [
    ...(reportUri === undefined ? [] : [`Report:\n    ${reportUri}`]),
    ...(execution === undefined ? [] : [`Execution:\n    ${execution}`]),
  ];
  return lines.length === 0 ? [] : [lines.join('\n')];
}
