/**
 * What a fault rule says: which calls it looks at, when it fires, and what it does to them. Rules come from a scenario's
 * `faults` or, while a server runs, from the control path.
 */
import * as v from 'valibot';

import { modelledOperations, neighbourOperations } from '../wire/operation-names.ts';

const positiveInteger = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
/** Ten years in milliseconds: no duration is longer, in whichever unit. */
const durationMax = 315_360_000_000;
const nonNegative = v.pipe(v.number(), v.minValue(0), v.maxValue(durationMax));

/** The conditions of a rule; all that are given must hold. */
const trigger = {
  operation: v.pipe(
    v.picklist(['*', ...modelledOperations, ...neighbourOperations]),
    v.description('Operation the rule looks at, or * for every operation of MGN.'),
  ),
  probability: v.optional(
    v.pipe(
      v.number(),
      v.minValue(0),
      v.maxValue(1),
      v.description('Chance that the rule fires on a call it looks at, drawn from the seed. Default 1.'),
    ),
  ),
  firstCalls: v.optional(
    v.pipe(
      positiveInteger,
      v.description('Fires only on the first N calls of the operation within the rule’s moment.'),
    ),
  ),
  nthCalls: v.optional(
    v.pipe(
      v.array(positiveInteger),
      v.minLength(1),
      v.description('Fires only on these calls of the operation within the rule’s moment, counted from 1.'),
    ),
  ),
  fromSeconds: v.optional(
    v.pipe(nonNegative, v.description('The rule sleeps until this many seconds after the start. Default 0.')),
  ),
  toSeconds: v.optional(
    v.pipe(nonNegative, v.description('The rule sleeps from this many seconds after the start on. Default never.')),
  ),
  timesMax: v.optional(v.pipe(positiveInteger, v.description('The rule fires at most this often.'))),
};

const variant = <Kind extends string, Entries extends v.ObjectEntries>(kind: Kind, text: string, entries: Entries) =>
  v.pipe(v.strictObject({ fault: v.literal(kind), ...trigger, ...entries }), v.description(text));

const throttle = variant('throttle', 'The call is refused with 429 ThrottlingException and has no effect.', {
  retryAfterSeconds: v.optional(v.pipe(nonNegative, v.description('Value of the Retry-After header. Default 1.'))),
});

const serverError = variant('serverError', 'The call fails on the service’s side and has no effect.', {
  status: v.optional(
    v.pipe(
      v.picklist([500, 502, 503]),
      v.description('500 InternalServerException (default), 502 with an HTML body, or 503 with an empty body.'),
    ),
  ),
});

const reset = variant('reset', 'The connection is reset before the call has any effect.', {});

const lostAnswer = variant('lostAnswer', 'The call takes effect and its answer never arrives.', {
  ending: v.optional(
    v.pipe(
      v.picklist(['reset', 'timeout', 'serverError']),
      v.description('How the caller learns of it: a reset connection (default), a time-out, or a 500 answer.'),
    ),
  ),
  afterMs: v.optional(v.pipe(nonNegative, v.description('Milliseconds until the caller learns of it. Default 0.'))),
});

const delay = variant('delay', 'The answer arrives late; may meet another fault on the same call.', {
  delayMs: v.pipe(nonNegative, v.description('Milliseconds of the simulator’s clock between effect and answer.')),
});

const staleRead = variant(
  'staleRead',
  'A read of source servers, jobs or job logs answers as of an earlier moment (`mgn.md` H.15); writes are unaffected.',
  { staleSecondsMax: v.pipe(nonNegative, v.description('The answer is between 0 and this many seconds old.')) },
);

const refuse = variant('refuse', 'The call is refused with a modelled exception of your choice and has no effect.', {
  exception: v.pipe(
    v.picklist([
      'UninitializedAccountException',
      'ValidationException',
      'AccessDeniedException',
      'ResourceNotFoundException',
      'ConflictException',
      'ServiceQuotaExceededException',
    ]),
    v.description('Wire name of the exception.'),
  ),
  message: v.optional(v.pipe(v.string(), v.description('The exception’s message.'))),
  members: v.optional(
    v.pipe(v.record(v.string(), v.unknown()), v.description('Body members besides message, such as resourceId.')),
  ),
});

/**
 * Schema of one fault rule. Unknown keys are refused. The first rule in the list that ends a call wins; `delay` and
 * `staleRead` combine with it and with each other (delays add, the oldest read counts).
 */
export const faultRuleSchema = v.pipe(
  v.variant('fault', [throttle, serverError, reset, lostAnswer, delay, staleRead, refuse]),
  v.check(
    (rule) => rule.fromSeconds === undefined || rule.toSeconds === undefined || rule.fromSeconds < rule.toSeconds,
    'fromSeconds must be less than toSeconds',
  ),
);

/** One fault rule, as {@link faultRuleSchema} parses it. */
export type FaultRule = v.InferOutput<typeof faultRuleSchema>;
