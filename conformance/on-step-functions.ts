/** A case on whatever speaks Step Functions' API: its machines are created, run once, and deleted whatever happens. */
import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  type DescribeExecutionCommandOutput,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { setTimeout as delay } from 'node:timers/promises';
import type { Tell } from './act.ts';
import { definitionOf, observe, type ConformanceCase, type Fields, type Observation } from './conformance-case.ts';

/** Where the cases of one run live. */
export interface Place {
  readonly client: SFNClient;
  readonly roleArn: string;
  readonly actArn: string;
  /** Begins the name of everything that is made. */
  readonly prefix: string;
  readonly tags: Readonly<Record<string, string>>;
  /** How often to ask whether an execution has ended, in milliseconds. */
  readonly pollMs: number;
  /** When to give an execution up, in milliseconds. */
  readonly patienceMs: number;
}

/** An execution did not end in time; it has been stopped. */
export class ExecutionNotEndedError extends Error {
  override readonly name = 'ExecutionNotEndedError';
}

/** An execution that has ended, with the types of its events in their order. */
export interface EndedExecution {
  readonly described: DescribeExecutionCommandOutput;
  readonly eventTypes: readonly string[];
}

/**
 * Runs the case and gives back what was observed.
 * @throws ExecutionNotEndedError, and whatever the service refuses with.
 */
export async function onStepFunctions(
  place: Place,
  { name, machine, child, input }: ConformanceCase,
): Promise<Observation> {
  const made: string[] = [];
  const make = async (suffix: string, definition: Fields, childArn?: string) => {
    const filled = definitionOf(definition, { act: place.actArn, ...(childArn !== undefined && { child: childArn }) });
    const arn = await createMachine(place, `${place.prefix}-${name}${suffix}`, filled);
    made.push(arn);
    return arn;
  };
  try {
    const childArn = child && (await make('-child', child));
    const machineArn = await make('', machine, childArn);
    const { described, eventTypes } = await runToEnd(
      place,
      machineArn,
      `${name}-${Date.now().toString(36)}`,
      input ?? {},
    );
    return observe({
      status: described.status ?? '',
      eventTypes,
      ...(described.output !== undefined && { output: parseJson(described.output) }),
      error: described.error,
      cause: described.cause,
    });
  } finally {
    const deletions = made.map((stateMachineArn) =>
      place.client.send(new DeleteStateMachineCommand({ stateMachineArn })),
    );
    await Promise.allSettled(deletions);
    await Promise.all(deletions);
  }
}

/** Creates a machine; gives its ARN. */
export async function createMachine(place: Place, name: string, definition: string): Promise<string> {
  const { stateMachineArn } = await place.client.send(
    new CreateStateMachineCommand({
      name: name.slice(0, 80),
      definition,
      roleArn: place.roleArn,
      tags: Object.entries(place.tags).map(([key, value]) => ({ key, value })),
    }),
  );
  return stateMachineArn ?? '';
}

/**
 * Starts an execution and waits until it has ended.
 * @throws ExecutionNotEndedError
 */
export async function runToEnd(
  place: Place,
  stateMachineArn: string,
  name: string,
  input: unknown,
): Promise<EndedExecution> {
  const { client, pollMs, patienceMs } = place;
  const { executionArn } = await client.send(
    new StartExecutionCommand({ stateMachineArn, name: name.slice(0, 80), input: JSON.stringify(input) }),
  );
  const lastMs = Date.now() + patienceMs;
  for (;;) {
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    if (described.status !== 'RUNNING')
      return { described, eventTypes: await eventTypesOf(client, executionArn ?? '') };
    if (Date.now() > lastMs) {
      await client.send(new StopExecutionCommand({ executionArn }));
      throw new ExecutionNotEndedError(`${name} has not ended within ${patienceMs / 1000} s.`);
    }
    await delay(pollMs);
  }
}

/** How a function tells a waiting task of this service. */
export function tellThrough(client: SFNClient): Tell {
  return (taskToken, { output = {}, error }) =>
    error === undefined
      ? client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) }))
      : client.send(new SendTaskFailureCommand({ taskToken, error, cause: 'told so' }));
}

async function eventTypesOf(client: SFNClient, executionArn: string): Promise<string[]> {
  const types: string[] = [];
  for (let nextToken: string | undefined, isFirst = true; isFirst || nextToken !== undefined; isFirst = false) {
    const page = await client.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1000, ...(nextToken && { nextToken }) }),
    );
    types.push(...(page.events ?? []).map(({ type }) => type ?? ''));
    nextToken = page.nextToken;
  }
  return types;
}

function parseJson(text: string): unknown {
  return JSON.parse(text);
}
