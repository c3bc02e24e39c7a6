/** How every step is built: the same middleware around one function, and the same way into Lambda. */
import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as v from 'valibot';
import { InvalidInputError } from '../domain/errors.ts';
import type { Ec2 } from '../domain/launch-target-port.ts';
import type { Clock, Mgn, MgnTarget } from '../domain/ports.ts';
import { listProblems, shownText } from '../domain/shown-text.ts';
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
    const build = () =>
      middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
        .use(injectLambdaContext(deps.logger, { resetKeys: true, logEvent: false }))
        .use(logOutcome(deps.logger))
        .handler((event: unknown) => run(parseEvent(schema, event), deps));
    // Built at the first call: a run on one machine makes every step, and calls some of them.
    let handler: ReturnType<typeof build> | undefined;
    return (event, context) => {
      handler ??= build();
      return handler(event, context);
    };
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
  throw new InvalidInputError(`The event cannot be used: ${listProblems(parsed.issues.map(describeMember))}.`);
}

/** One wrong member of an event; what was found there is not told, because it may be anything and this is logged. */
function describeMember(issue: v.BaseIssue<unknown>): string {
  const words = issue.message.includes('eceived') ? `expected ${issue.expected ?? 'another value'}` : issue.message;
  return `${shownText(v.getDotPath(issue) ?? 'the event')}: ${shownText(words)}`;
}

/** The keys of an event that may stand in a log: IDs, never contents. */
const loggedKeys: ReadonlySet<string> = new Set(['runID', 'migrationID', 'executionID', 'batchID', 'kind', 'slot']);
/** The keys of an answer that may not: the input of a run to be started, and what whoever has it may answer a gate with. */
const unloggedKeys: ReadonlySet<string> = new Set(['input', 'taskToken']);

function logOutcome(logger: Logger): MiddlewareObj {
  return {
    before: ({ event }) => {
      if (typeof event !== 'object' || event === null) return;
      const entries = Object.entries(event).filter(([key, id]) => loggedKeys.has(key) && isID(id));
      logger.appendKeys(Object.fromEntries(entries));
    },
    after: ({ response }) => {
      logger.info('step done', { answer: loggedAnswer(response) });
    },
    onError: ({ error }) => {
      logger.warn('step failed', { errorName: error?.name, errorMessage: error?.message });
    },
  };
}

/** The event is logged before it is parsed. */
function isID(id: unknown): boolean {
  return typeof id === 'number' || (typeof id === 'string' && id.length <= 1_000);
}

function loggedAnswer(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null) return answer;
  return Object.fromEntries(Object.entries(answer).filter(([key]) => !unloggedKeys.has(key)));
}
