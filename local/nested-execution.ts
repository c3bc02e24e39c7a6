/**
 * Nested executions: what `arn:aws:states:::states:startExecution.sync:2` does. The child machine runs in the same
 * session, and the task is answered as AWS answers it, with DescribeExecution's members.
 */
import * as v from 'valibot';
import { executionArn, resourceName, unqualifiedArn } from './arns.ts';
import type { ExecutionResult } from './execution-result.ts';
import { type Json, serialize } from './json.ts';
import { LiveExecution, type Session, type StatesRunner } from './live-execution.ts';
import type { Machine, Machines } from './machines.ts';
import { TaskFailure, TaskStopped } from './task-failure.ts';

const NAME_MAX_CHARACTERS = 80;

const requestSchema = v.object({
  StateMachineArn: v.string(),
  Name: v.optional(v.string()),
  Input: v.optional(v.unknown()),
});

/** The executions of one session by ARN, and how more are started. */
export class NestedExecutions {
  readonly #machines: Machines;
  readonly #runStates: StatesRunner;
  readonly #byArn = new Map<string, LiveExecution>();

  constructor(machines: Machines, runStates: StatesRunner) {
    this.#machines = machines;
    this.#runStates = runStates;
  }

  /** Makes an execution, not yet started, and keeps its name. */
  create(machine: Machine, name: string, input: Json, session: Session): LiveExecution {
    const execution = new LiveExecution(machine, name, input, session);
    this.#byArn.set(execution.arn, execution);
    return execution;
  }

  /**
   * Starts the child that a task asks for. As in AWS, the name of one that still runs with the same input means that
   * one.
   * @throws TaskFailure in the words of the StartExecution API when there is no such machine or the name is taken.
   */
  startChild(parent: LiveExecution, parameters: Json): LiveExecution {
    const request = v.safeParse(requestSchema, parameters);
    if (!request.success) {
      throw new TaskFailure('States.Runtime', `startExecution: ${request.issues[0].message}`);
    }
    const { StateMachineArn: stateMachineArn, Name: name, Input: input } = request.output;
    const machine = this.#machines.get(resourceName(stateMachineArn));
    if (machine?.stateMachineArn !== unqualifiedArn(stateMachineArn)) {
      throw new TaskFailure(
        'StepFunctions.StateMachineDoesNotExistException',
        `State Machine Does Not Exist: '${stateMachineArn}'`,
      );
    }
    const childInput = serialize(input ?? {}).parse();
    const childName = name ?? this.#childName(parent, machine);
    const known = this.#byArn.get(this.#arnOf(parent, machine, childName));
    if (known === undefined) {
      const child = this.create(machine, childName, childInput, parent.session);
      child.start(this.#runStates);
      return child;
    }
    if (known.isRunning && serialize(known.input).text === serialize(childInput).text) {
      return known;
    }
    throw new TaskFailure('StepFunctions.ExecutionAlreadyExistsException', `Execution Already Exists: '${known.arn}'`);
  }

  /** AWS names such a child by a random UUID; here the name says where it came from, the same in every run. */
  #childName(parent: LiveExecution, machine: Machine): string {
    for (let count = 1; ; count += 1) {
      const suffix = `-${machine.name}-${count}`;
      const name = parent.name.slice(0, NAME_MAX_CHARACTERS - suffix.length) + suffix;
      if (!this.#byArn.has(this.#arnOf(parent, machine, name))) {
        return name;
      }
    }
  }

  #arnOf({ session }: LiveExecution, machine: Machine, name: string): string {
    return executionArn(machine.name, name, machine.residence, session.unique);
  }
}

/**
 * Waits for a child and gives the task's result: DescribeExecution's answer with input and output as JSON.
 * @throws TaskFailure `States.TaskFailed` with DescribeExecution's answer as its Cause when the child did not succeed.
 * @throws TaskStopped once `signal` is aborted; the child is then stopped too.
 */
export async function completion(child: LiveExecution, signal: AbortSignal): Promise<unknown> {
  const stopChild = () => {
    child.terminate({ status: 'ABORTED' });
  };
  signal.addEventListener('abort', stopChild, { once: true });
  try {
    const result = await child.result;
    if (signal.aborted) {
      throw new TaskStopped();
    }
    if (result.status === 'SUCCEEDED') {
      const output = { Output: result.output, OutputDetails: { Included: true } };
      return { ...description(result), Input: result.input, ...output };
    }
    const failure = { Error: result.error, Cause: result.cause };
    const input = serialize(result.input).text;
    throw new TaskFailure('States.TaskFailed', JSON.stringify({ ...description(result), Input: input, ...failure }));
  } finally {
    signal.removeEventListener('abort', stopChild);
  }
}

function description(result: ExecutionResult) {
  return {
    ExecutionArn: result.executionArn,
    InputDetails: { Included: true },
    Name: result.name,
    StartDate: result.startedAtMs,
    StateMachineArn: result.stateMachineArn,
    Status: result.status,
    StopDate: result.endedAtMs,
  };
}
