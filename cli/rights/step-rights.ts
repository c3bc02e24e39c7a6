/** What the steps of a run need, as questions to IAM: the facts that the stacks' policies are made of, made concrete. */
import type { RunInput } from '../../functions/domain/run-input.ts';
import {
  stepStatementFacts,
  tagConditions,
  type Conditions,
  type MgnAction,
  type MgnLimits,
  type Place,
  type StatementFacts,
  type StepCalls,
} from '../../infra/mgn-actions.ts';
import { steps } from '../../infra/steps.ts';
import { ec2ResourcesOf } from './ec2-resources.ts';
import type { Circumstances, Duty, Right } from './right.ts';

/** Whom the questions are about, and what bounds the rights. */
export interface RightsScope {
  /** Where the identity lives. */
  readonly place: Place;
  readonly limits: MgnLimits;
  /** The function that makes the calls, for the role of one. */
  readonly functionArn?: string | undefined;
}

/** The step that finalizes, which cannot be undone. */
export const finalizingStep = 'FinalizeCutover';

/**
 * The steps that a run makes on its own with this input, by name; without one, with any input that leaves the options as
 * they are by default. Calls that this input does not lead to are left out.
 */
export function stepsOfRun(input: RunInput | undefined): Readonly<Record<string, StepCalls>> {
  const isFinalizing = input?.options.commit === 'auto';
  const isEndingTests = input?.options.terminateTestInstances !== false;
  const isCheckingTargets = input?.options.checkLaunchTargets !== false;
  const isNeeded = (name: string) =>
    (name !== finalizingStep || isFinalizing) && (name !== 'TerminateTestInstances' || isEndingTests);
  const callsOf = ({ mgnActions, isWayBack, readsLaunchTargets = false }: StepCalls) => ({
    mgnActions: mgnActions.filter((action) => isCalled(action, input)),
    isWayBack,
    readsLaunchTargets: readsLaunchTargets && isCheckingTargets,
  });
  return Object.fromEntries(
    Object.entries(steps).flatMap(([name, step]) => (isNeeded(name) ? [[name, callsOf(step)]] : [])),
  );
}

/** Who names source servers needs no way to find them (ResolveWave). */
function isCalled(action: MgnAction, input: RunInput | undefined): boolean {
  if (input === undefined) return true;
  if (action === 'ListWaves') return input.waveID !== undefined;
  return action !== 'ListApplications' || input.sourceServerIDs === undefined;
}

/** What the step needs, and what it never does. */
export function dutyOfStep(name: string, step: StepCalls, scope: RightsScope): Duty {
  const facts = stepStatementFacts(step, scope.limits, scope.place);
  return {
    name,
    rights: facts.flatMap((statement) => (statement.effect === 'Allow' ? rightsOf(statement, scope) : [])),
    neverCalled: neverCalledBy(step, scope),
  };
}

/** Calls that end what no rollback brings back; the policies deny them by pattern, and IAM answers for single calls only. */
const irreversible = ['DeleteSourceServer', 'DeleteJob', 'DisconnectFromService', 'FinalizeCutover'] as const;

function neverCalledBy({ mgnActions }: StepCalls, scope: RightsScope): Right[] {
  const actions = irreversible.filter((name) => name !== 'FinalizeCutover' || !mgnActions.includes(name));
  return actions.flatMap((name) => {
    const kind = name === 'DeleteJob' ? 'job' : 'source-server';
    const resources = [`arn:${scope.place.partition}:mgn:${scope.place.region}:*:${kind}/*`];
    const conditions = tagConditions(scope.limits.sourceServerTag);
    return rightsOf({ effect: 'Deny', actions: [`mgn:${name}`], resources, conditions }, scope);
  });
}

/** Tags that MGN puts on what it makes; AWS's managed policies for MGN allow EC2 calls by them (`mgn.md` G). */
const mgnMarks: Circumstances = Object.fromEntries(
  ['aws:ResourceTag', 'ec2:ResourceTag', 'aws:RequestTag'].map((key) => [
    `${key}/AWSApplicationMigrationServiceManaged`,
    'mgn.amazonaws.com',
  ]),
);

/** Not in AWS's managed policies for MGN, with which the console cuts over (AWSApplicationMigrationEC2Access, v10). */
const onlyListed: readonly string[] = ['ec2:ReportInstanceStatus'];

/** The questions that one statement answers. */
export function rightsOf(statement: StatementFacts, scope: RightsScope): Right[] {
  return statement.actions.flatMap((action) => {
    const isEc2 = action.startsWith('ec2:');
    const resources = isEc2
      ? ec2ResourcesOf(action, scope.place)
      : statement.resources.map((resource) => concrete(resource, scope));
    const circumstances = { ...circumstancesOf(statement.conditions ?? {}, scope), ...(isEc2 ? ec2Marks(action) : {}) };
    const isOnlyListed = onlyListed.includes(action);
    return resources.map((resource) => ({ action, resource, circumstances, statement, isOnlyListed }));
  });
}

function ec2Marks(action: string): Circumstances {
  return action === 'ec2:CreateTags' ? { ...mgnMarks, 'ec2:CreateAction': 'RunInstances' } : mgnMarks;
}

const sampleIDs: Readonly<Record<string, string>> = {
  'source-server': 's-00000000000000000',
  job: 'mgnjob-00000000000000000',
};

/**
 * A resource that a pattern stands for; nothing of that name has to exist. MGN's is one of the identity's own account,
 * because for another one IAM would look for a policy of the resource's, which MGN's resources do not have.
 */
function concrete(resource: string, { place }: RightsScope): string {
  const [, prefix, kind = ''] = /^(arn:[^:]+:mgn:[^:]+):\*:([a-z-]+)\/\*$/.exec(resource) ?? [];
  if (prefix !== undefined) return `${prefix}:${place.accountID}:${kind}/${sampleIDs[kind] ?? ''}`;
  return resource.replace(/(?<=.)\*$/, sampleText);
}

const sampleText = 'mgn-cutover-check';

/** What has to be so for a statement under these conditions to hold, and what is so of every call. */
export function circumstancesOf(conditions: Conditions, scope: RightsScope): Circumstances {
  const told = Object.fromEntries(
    Object.entries(conditions).flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, value]) => [key, satisfying(operator, value)] as const),
    ),
  );
  const calledVia = told['aws:CalledVia'];
  const tagKeys = Object.keys(told).flatMap((key) =>
    key.startsWith('aws:RequestTag/') ? [key.slice('aws:RequestTag/'.length)] : [],
  );
  return {
    'aws:RequestedRegion': scope.place.region,
    'aws:SecureTransport': true,
    'aws:ViaAWSService': calledVia !== undefined,
    ...(scope.functionArn === undefined ? {} : { 'lambda:SourceFunctionArn': scope.functionArn }),
    ...(tagKeys.length === 0 ? {} : { 'aws:TagKeys': tagKeys }),
    ...(calledVia === undefined ? {} : { 'aws:CalledViaFirst': mgnService, 'aws:CalledViaLast': mgnService }),
    ...told,
  };
}

const mgnService = 'mgn.amazonaws.com';

/** A key that must not be absent may be anything; a key that is asked for any of its values has several. */
function satisfying(operator: string, value: string): Circumstances[string] {
  if (operator === 'Null') return sampleText;
  return operator.startsWith('ForAnyValue') ? [value] : value;
}
