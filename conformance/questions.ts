/** Everything that is asked of an account, each with what our engine says to it where it has a say. */
import { DeleteStateMachineCommand, type SFNClient } from '@aws-sdk/client-sfn';
import { DescribeJobsCommand, DescribeSourceServersCommand, type MgnClient } from '@aws-sdk/client-mgn';
import { isDeepStrictEqual } from 'node:util';
import { stateMachineArn } from '../local/arns.ts';
import { stateMachineFiles } from '../local/state-machines.ts';
import { conformanceCases } from './cases/index.ts';
import { differences } from './conformance-case.ts';
import type { Fact } from './facts.ts';
import { onOurEngine } from './on-our-engine.ts';
import { createMachine, onStepFunctions, type Place } from './on-step-functions.ts';
import { askTestState, onOurEngine as stateOnOurEngine, stateTests } from './state-tests.ts';

/** What the account answered, and in what our engine differs from it; undefined where it has no say. */
export interface Answer {
  readonly observed: unknown;
  readonly differsIn: readonly string[] | undefined;
}

/** One question. */
export interface Question {
  readonly kind: Fact['kind'];
  readonly name: string;
  /** Asks without leaving anything behind. */
  readonly ask: () => Promise<Answer>;
}

/** Questions that change nothing in the account: TestState with given results, and MGN's read calls. */
export function readOnlyQuestions(states: SFNClient, mgn: MgnClient): Question[] {
  const ofStates = stateTests().map((test): Question => ({
    kind: 'state',
    name: test.name,
    ask: async () => {
      const observed = await askTestState(states, test);
      const isSame = isDeepStrictEqual(observed, await stateOnOurEngine(test));
      return { observed, differsIn: isSame ? [] : ['outcome'] };
    },
  }));
  return [...ofStates, ...mgnQuestions(mgn)];
}

/** Questions that need a function, roles and machines of their own. */
export function questionsWithMachines(place: Place): Question[] {
  const cases = conformanceCases.map((aCase): Question => ({
    kind: 'case',
    name: aCase.name,
    ask: async () => {
      const observed = await onStepFunctions(place, aCase);
      return { observed, differsIn: differences(await onOurEngine(aCase), observed) };
    },
  }));
  const machines = Object.entries(stateMachineFiles).map(([name, file]): Question => ({
    kind: 'machine',
    name,
    ask: async () => {
      const observed = await isAccepted(place, name, file);
      return { observed, differsIn: observed.isAccepted ? [] : ['isAccepted'] };
    },
  }));
  return [...machines, ...cases];
}

/** Whether CreateStateMachine takes one of the project's own definitions; nothing of it is started. */
async function isAccepted(place: Place, name: string, file: unknown) {
  const [, , , region = '', accountID = ''] = place.actArn.split(':');
  const otherMachine = stateMachineArn(`${place.prefix}-other`, { region, accountID });
  const definition = JSON.stringify(file).replaceAll(/\$\{\w+(Function|StateMachine)Arn\}/g, (_all, kind: string) =>
    kind === 'Function' ? place.actArn : otherMachine,
  );
  try {
    const made = await createMachine(place, `${place.prefix}-${name}`, definition);
    await place.client.send(new DeleteStateMachineCommand({ stateMachineArn: made }));
    return { isAccepted: true };
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidDefinition') return { isAccepted: false, why: error.message };
    throw error;
  }
}

function mgnQuestions(mgn: MgnClient): Question[] {
  const asking = (name: string, call: () => Promise<object>): Question => ({
    kind: 'mgn',
    name,
    ask: async () => ({ observed: await shapeOf(call), differsIn: undefined }),
  });
  return [
    asking('describe-jobs', () => mgn.send(new DescribeJobsCommand({ filters: {}, maxResults: 1 }))),
    asking('describe-source-servers', () => mgn.send(new DescribeSourceServersCommand({ filters: {}, maxResults: 1 }))),
    asking('describe-no-such-job', () =>
      mgn.send(new DescribeJobsCommand({ filters: { jobIDs: ['mgnjob-00000000000000000'] } })),
    ),
  ];
}

/** What kind of thing each member of an answer is, or how the call failed; never what an account holds. */
async function shapeOf(call: () => Promise<object>): Promise<unknown> {
  try {
    return { answered: kindOf({ ...(await call()), $metadata: undefined }) };
  } catch (error) {
    if (!(error instanceof Error) || !('$metadata' in error)) throw error;
    const { name, message, $metadata } = error;
    const status =
      typeof $metadata === 'object' && $metadata !== null && 'httpStatusCode' in $metadata
        ? $metadata.httpStatusCode
        : undefined;
    const members = Object.keys(error)
      .filter((key) => !key.startsWith('$'))
      .sort();
    return { failed: name, message, status, members };
  }
}

function kindOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(kindOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.sort(([one], [other]) => (one < other ? -1 : 1)).map(([key, member]) => [key, kindOf(member)]),
  );
}
