/** How every step is built: the same middleware around one function, and the same way into Lambda. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { InvalidInputError } from '../domain/errors.ts';
import type { Ec2 } from '../domain/launch-target-port.ts';
import type { Clock, Mgn, MgnTarget } from '../domain/ports.ts';
import { describeIssue } from '../domain/run-input.ts';
import type { Tag } from '../domain/source-server.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { productionDeps } from './production-deps.ts';

/** What a step needs of the world. */
export interface StepDeps {
  /** MGN in the account a run acts in. */
  mgn(target: MgnTarget): Mgn;
  /** EC2's read calls in the account a run acts in. */
  ec2(target: MgnTarget): Ec2;
  readonly ledger: Ledger;
  /** Whether there is a machine of the person's own to run hooks' commands on. */
  readonly hookPlace: 'cloud' | 'local';
  readonly clock: Clock;
  readonly logger: Logger;
  /** A new string that nobody else has. */
  newNonce(): string;
  /** Resolves after `ms` milliseconds of the clock's time; what keeps calls a second apart. */
  pause(ms: number): Promise<void>;
  /** How often a run that waits for a person looks at the ledger by itself, in seconds. */
  readonly gateLookSeconds: number;
  /** The tag without which a source server is blocked; undefined where the deployment asks for none. */
  readonly sourceServerTag?: Tag | undefined;
}

/** A Lambda function as Step Functions and the local engine call it. */
export type StepHandler = (event: unknown, context: Context) => Promise<unknown>;

/** Makes a step's handler out of what it needs. */
export type StepFactory<Deps extends StepDeps = StepDeps> = (deps: Deps) => StepHandler;

/**
 * A step: parses its event, runs, and logs how it ended. The event itself is never logged.
 *
 * @throws InvalidInputError from the handler when the event does not fit `schema`.
 */
export function step<Schema extends v.GenericSchema, Answer, Deps extends StepDeps = StepDeps>(
  schema: Schema,
  run: (event: v.InferOutput<Schema>, deps: Deps) => Promise<Answer>,
): StepFactory<Deps> {
  return (deps) => {
    const handler = middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
      .use(injectLambdaContext(deps.logger, { resetKeys: true }))
      .use(logOutcome(deps.logger))
      .handler((event: unknown) => run(parseEvent(schema, event), deps));
    return (event, context) => handler(event, context);
  };
}

/**
 * The step as Lambda calls it; what it needs is built once, at the first call. Imported, not loaded on demand, because
 * a bundler leaves out what nobody uses of the SDK only where every import is a plain one.
 */
export function onLambda(factory: StepFactory): StepHandler {
  let handler: StepHandler | undefined;
  return async (event, context) => {
    handler ??= factory(productionDeps());
    return handler(event, context);
  };
}

function parseEvent<Schema extends v.GenericSchema>(schema: Schema, event: unknown): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, event);
  if (parsed.success) return parsed.output;
  throw new InvalidInputError(`The event cannot be used: ${parsed.issues.map(describeIssue).join('; ')}.`);
}

/** The keys of an event that may stand in a log: IDs, never contents. */
const loggedKeys = ['runID', 'migrationID', 'executionID', 'batchID', 'kind', 'slot'] as const;

function logOutcome(logger: Logger): MiddlewareObj {
  return {
    before: ({ event }) => {
      if (typeof event !== 'object' || event === null) return;
      const entries = Object.entries(event).filter(([key]) => loggedKeys.some((logged) => logged === key));
      logger.appendKeys(Object.fromEntries(entries));
    },
    after: ({ response }) => {
      logger.info('step done', { answer: withoutInput(response) });
    },
    onError: ({ error }) => {
      logger.warn('step failed', { errorName: error?.name, errorMessage: error?.message });
    },
  };
}

/** A step may answer with the input of a run that is to be started; a log has no use for it. */
function withoutInput(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !('input' in answer)) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([key]) => key !== 'input'));
}
