/** Whom a check is about: the one who runs the steps from here, or a stack's functions and the people who work with it. */
import type { RunInput } from '../../functions/domain/run-input.ts';
import type { Place } from '../../infra/mgn-actions.ts';
import { steps } from '../../infra/steps.ts';
import type { Io } from '../io.ts';
import { createStackClients } from '../stack/clients.ts';
import { findStack, type StackParts } from '../stack/parts.ts';
import type { RightsClients } from './clients.ts';
import { findCaller, parseIdentity, type Identity } from './identity.ts';
import type { Subject } from './inquiry.ts';
import type { Duty } from './right.ts';
import { functionDuties, ledgerDuty, listResources, peopleDuties, type StackResources } from './stack-duties.ts';
import { dutyOfStep, finalizingStep, stepsOfRun, type RightsScope } from './step-rights.ts';

/** Where a check is made, and what is known of the rights. */
export interface CheckPlace {
  readonly region: string;
  readonly env: Io['env'];
  readonly clients: RightsClients;
  readonly limits: RightsScope['limits'];
  /** ARN of the person's identity, if it is not the caller. */
  readonly principal?: string | undefined;
}

/** Identities of one kind. */
export interface Section {
  readonly heading: string;
  readonly subjects: readonly Subject[];
}

/**
 * The identity that runs the steps of this input by itself.
 *
 * @param ledgerStack - the stack whose ledger the run is to use, if any
 * @throws CommandError when nobody can say who the caller is, or there is no such stack.
 */
export async function sectionsOfRun(
  input: RunInput | undefined,
  ledgerStack: string | undefined,
  place: CheckPlace,
): Promise<Section[]> {
  const identity = await identityAt(place);
  const scope = scopeOf(identity, place);
  const needed = stepsOfRun(input);
  const duties = [
    ...Object.entries(needed).flatMap(([name, step]) =>
      step.mgnActions.length === 0 ? [] : [dutyOfStep(name, step, scope)],
    ),
    ...(ledgerStack === undefined ? [] : [await ledgerDutyAt(ledgerStack, place, scope)]),
    ...(needed[finalizingStep] === undefined ? finalizingDuties(scope) : []),
  ];
  const subject = { identity, duties: withoutOwnCalls(duties), isDedicated: false };
  return [{ heading: `A run from here: ${identity.arn}`, subjects: [subject] }];
}

/** Not needed where options.commit is "never", and worth knowing: whether this identity could do it all the same. */
function finalizingDuties(scope: RightsScope): Duty[] {
  const step = steps[finalizingStep];
  return step === undefined ? [] : [{ ...dutyOfStep(finalizingStep, step, scope), isOptional: true }];
}

/** One identity does it all here, so that what one step never calls may be what another is for. */
function withoutOwnCalls(duties: readonly Duty[]): Duty[] {
  const needed = new Set(
    duties.flatMap(({ rights, isOptional }) => (isOptional === true ? [] : rights.map(({ action }) => action))),
  );
  return duties.map((duty) => ({ ...duty, neverCalled: duty.neverCalled.filter(({ action }) => !needed.has(action)) }));
}

async function ledgerDutyAt(stack: string, place: CheckPlace, scope: RightsScope): Promise<Duty> {
  const { parts } = await lookAt(stack, place, false);
  return ledgerDuty({ ...scope, ledgerTableName: parts.ledgerTableName });
}

/**
 * The functions of a deployed stack, and the one who works with it.
 *
 * @throws CommandError when nobody can say who the caller is, or what the stack is made of.
 */
export async function sectionsOfStack(stack: string, place: CheckPlace): Promise<Section[]> {
  const { parts, resources } = await lookAt(stack, place, true);
  const person = await identityAt(place);
  const tag = parts.sourceServerTag;
  const ofStack = tag === undefined ? undefined : `${tag.key}=${tag.value}`;
  const limits = { ...place.limits, sourceServerTag: place.limits.sourceServerTag ?? ofStack };
  const home = homeOf(parts, place.region);
  const { ledgerTableName, webhookParameterName } = parts;
  const scope = { place: home, limits, stack, resources, ledgerTableName, webhookParameterName };
  return [
    {
      heading: `Who works with ${stack}: ${person.arn}`,
      subjects: [{ identity: person, duties: peopleDuties(scope), isDedicated: false }],
    },
    {
      heading: `The functions of ${stack}, each by its own role`,
      subjects: functionDuties(scope).map(({ roleName, duty }) => ({
        identity: roleOf(roleName, home),
        duties: [duty],
        isDedicated: true,
      })),
    },
  ];
}

/** Partition and account are those in the ARN of any of its parts. */
function homeOf({ aliasArns }: StackParts, region: string): Place {
  const [, partition = '', , , accountID = ''] = aliasArns['wave-cutover'].split(':');
  return { partition, region, accountID };
}

/** The role of a function in the account of the stack. */
function roleOf(name: string | undefined, { partition, accountID }: Place): Identity {
  const arn = `arn:${partition}:iam::${accountID}:role/${name ?? ''}`;
  const whyUnknown = 'the stack has no such function; deploy this version of mgn-cutover first (npx cdk deploy)';
  return { arn, partition, accountID, isSession: false, ...(name === undefined ? { whyUnknown } : {}) };
}

async function lookAt(
  stack: string,
  { region, env }: CheckPlace,
  isWhole: boolean,
): Promise<{ parts: StackParts; resources: StackResources }> {
  const clients = createStackClients({ region, env });
  try {
    const parts = await findStack(clients.cloudFormation, stack, region);
    const resources = isWhole ? await listResources(clients.cloudFormation, stack, region) : new Map<string, string>();
    return { parts, resources };
  } finally {
    clients.close();
  }
}

async function identityAt({ principal, clients, region }: CheckPlace): Promise<Identity> {
  return principal === undefined ? findCaller(clients, region) : parseIdentity('--principal', principal);
}

function scopeOf({ partition, accountID }: Identity, { region, limits }: CheckPlace): RightsScope {
  return { place: { partition, region, accountID }, limits };
}
