/** What the functions of a deployed stack need, each by its own role, and what people need who work with the stack. */
import { ListStackResourcesCommand, type CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { translateError } from '../../functions/mgn/translate-error.ts';
import { noticesPartitionPrefix } from '../../functions/domain/run-notice-record.ts';
import type { MgnAction, StatementFacts, StepCalls } from '../../infra/mgn-actions.ts';
import { steps } from '../../infra/steps.ts';
import { serviceRefusal } from '../service-errors.ts';
import type { Duty } from './right.ts';
import { dutyOfStep, rightsOf, type RightsScope } from './step-rights.ts';

/** The names of the stack's resources, by their IDs in the template. */
export type StackResources = ReadonlyMap<string, string>;

/**
 * Lists the stack's resources (ListStackResources).
 *
 * @throws CommandError when they cannot be listed from here.
 */
export async function listResources(
  client: CloudFormationClient,
  stack: string,
  region: string,
): Promise<StackResources> {
  const resources = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const command = new ListStackResourcesCommand({
      StackName: stack,
      ...(nextToken === undefined ? {} : { NextToken: nextToken }),
    });
    const answer = await client.send(command).catch((error: unknown) => {
      const place = { service: 'CloudFormation', region, needs: 'cloudformation:ListStackResources on the stack' };
      throw serviceRefusal(translateError(error, 'ListStackResources', 'read'), place);
    });
    for (const { LogicalResourceId: id, PhysicalResourceId: name } of answer.StackResourceSummaries ?? []) {
      if (id !== undefined && name !== undefined) resources.set(id, name);
    }
    nextToken = answer.NextToken;
  } while (nextToken !== undefined);
  return resources;
}

/** A function of the stack. */
export interface FunctionDuty {
  /** Its role's name; undefined when the stack has no such function. */
  readonly roleName: string | undefined;
  readonly duty: Duty;
}

/** The stack, its resources, and what bounds its functions. */
export interface StackScope extends RightsScope {
  readonly stack: string;
  readonly resources: StackResources;
  readonly ledgerTableName: string;
  /** Holds the URL of the chat that is told as well; undefined where none is. */
  readonly webhookParameterName?: string | undefined;
}

/** Where notices of open runs are kept; a policy bounds the watcher by it (`cutover-function.ts`). */
const ofNotices = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': `${noticesPartitionPrefix}*` } };
const ledgerReads = ['GetItem', 'Query'];
const ledgerWrites = ['UpdateItem', 'DeleteItem'];

/** What each function needs of MGN, of the ledger, and of where it writes to. */
export function functionDuties(scope: StackScope): FunctionDuty[] {
  const watching: readonly MgnAction[] = ['DescribeSourceServers', 'DescribeJobs'];
  const watchers = {
    ReportRun: { mgnActions: watching, beside: [...reportStatements(scope), ...tellingStatements(scope)] },
    WatchRuns: {
      mgnActions: [],
      beside: [{ ...ledgerStatement(['UpdateItem'], scope), conditions: ofNotices }, ...tellingStatements(scope)],
    },
  };
  return [
    ...Object.entries(steps).map(([name, step]) => functionDuty(name, step, [], scope)),
    ...Object.entries(watchers).map(([name, { beside, ...calls }]) => functionDuty(name, calls, beside, scope)),
  ];
}

function functionDuty(
  name: string,
  calls: StepCalls,
  beside: readonly StatementFacts[],
  scope: StackScope,
): FunctionDuty {
  const { partition, region, accountID } = scope.place;
  const functionArn = `arn:${partition}:lambda:${region}:${accountID}:function:${scope.stack}-${name}`;
  const own = { ...scope, functionArn };
  const actions = name === 'WatchRuns' ? ledgerReads : [...ledgerReads, ...ledgerWrites];
  const duty = dutyOfStep(name, calls, own);
  const others = [ledgerStatement(actions, scope), ...beside].flatMap((statement) => rightsOf(statement, own));
  return {
    roleName: physicalName(scope.resources, `${name}Role`),
    duty: { ...duty, rights: [...duty.rights, ...others] },
  };
}

/** Where the evidence goes. */
function reportStatements({ resources, place }: StackScope): StatementFacts[] {
  const bucket = physicalName(resources, 'Evidence');
  return bucket === undefined ? [] : [allowing(['s3:PutObject'], [`arn:${place.partition}:s3:::${bucket}/runs/*`])];
}

/** Where people hear of it: the topic, and the chat where one is told. */
function tellingStatements({ resources, place, webhookParameterName }: StackScope): StatementFacts[] {
  const topic = physicalName(resources, 'Notices');
  const parameter = webhookParameterName?.replace(/^\//, '');
  const { partition, region, accountID } = place;
  return [
    ...(topic === undefined ? [] : [allowing(['sns:Publish'], [topic])]),
    ...(parameter === undefined
      ? []
      : [allowing(['ssm:GetParameter'], [`arn:${partition}:ssm:${region}:${accountID}:parameter/${parameter}`])]),
  ];
}

/** The resource whose ID ends so, before the eight characters that CDK adds. */
function physicalName(resources: StackResources, idEnd: string): string | undefined {
  const pattern = new RegExp(`(?:^|[a-z0-9])${idEnd}[0-9A-F]{8}$`);
  return [...resources].find(([id]) => pattern.test(id))?.[1];
}

/** What a run on this machine needs of a stack's ledger, which it then writes. */
export function ledgerDuty(scope: RightsScope & { readonly ledgerTableName: string }): Duty {
  return duty('the ledger of the stack', [ledgerStatement([...ledgerReads, ...ledgerWrites], scope)], scope);
}

/** What people need, by what they do; all but commit is the operators'. */
export function peopleDuties(scope: StackScope): Duty[] {
  const { partition, region, accountID } = scope.place;
  const states = `arn:${partition}:states:${region}:${accountID}`;
  const machines = ['migration-run', 'wave-cutover', 'cutover-shift', 'rollback', 'commit'];
  const machine = (file: string) => `${states}:stateMachine:${scope.stack}-${file}`;
  const execution = (file: string) => `${states}:execution:${scope.stack}-${file}:*`;
  const start = (file: string): StatementFacts => ({
    ...allowing(['states:StartExecution'], [machine(file)]),
    conditions: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': 'live' } },
  });
  const redrive = (file: string) => allowing(['states:RedriveExecution'], [execution(file)]);
  const watching = [
    allowing(['states:ListExecutions'], machines.map(machine)),
    allowing(['states:DescribeExecution'], machines.map(execution)),
    ledgerStatement(ledgerReads, scope),
  ];
  return [
    duty('watch, list', watching, scope),
    duty(
      'start',
      ['wave-cutover', 'migration-run'].flatMap((file) => [start(file), redrive(file)]),
      scope,
    ),
    duty('rollback', [start('rollback'), redrive('rollback')], scope),
    duty('stop', [allowing(['states:StopExecution'], machines.map(execution))], scope),
    { ...duty('commit', [start('commit')], scope), isOptional: true },
  ];
}

function duty(name: string, statements: readonly StatementFacts[], scope: RightsScope): Duty {
  return { name, rights: statements.flatMap((statement) => rightsOf(statement, scope)), neverCalled: [] };
}

function ledgerStatement(
  actions: readonly string[],
  { place, ledgerTableName }: RightsScope & { readonly ledgerTableName: string },
): StatementFacts {
  const table = `arn:${place.partition}:dynamodb:${place.region}:${place.accountID}:table/${ledgerTableName}`;
  return allowing(
    actions.map((name) => `dynamodb:${name}`),
    [table],
  );
}

function allowing(actions: readonly string[], resources: readonly string[]): StatementFacts {
  return { effect: 'Allow', actions, resources };
}
