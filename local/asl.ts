/**
 * The Amazon States Language as far as this project reads it: the fields that the local runner, the meter and the
 * rules look at. Everything else in a definition passes through untouched (the engine and AWS know it).
 */
import * as v from 'valibot';

const stringList = v.array(v.string());

const retrierSchema = v.looseObject({
  ErrorEquals: stringList,
  IntervalSeconds: v.optional(v.number()),
  MaxAttempts: v.optional(v.number()),
  BackoffRate: v.optional(v.number()),
  MaxDelaySeconds: v.optional(v.number()),
  JitterStrategy: v.optional(v.string()),
});

const catcherSchema = v.looseObject({
  ErrorEquals: stringList,
  Next: v.string(),
  ResultPath: v.nullish(v.string()),
});

/** One entry of a state's `Retry`. */
export type Retrier = v.InferOutput<typeof retrierSchema>;

/** One entry of a state's `Catch`. */
export type Catcher = v.InferOutput<typeof catcherSchema>;

/** The kinds of state in the Amazon States Language. */
export const STATE_TYPES = ['Task', 'Parallel', 'Map', 'Pass', 'Wait', 'Choice', 'Succeed', 'Fail'] as const;

/** One of {@link STATE_TYPES}. */
export type StateType = (typeof STATE_TYPES)[number];

/** States that lead on to others: a whole machine, a Map's item processor or a Parallel's branch. */
export interface StateGraph {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly Comment?: string | undefined;
  readonly ProcessorConfig?: Readonly<Record<string, unknown>> | undefined;
  readonly [field: string]: unknown;
}

/** One state of any kind; a field that does not belong to its kind is absent. */
export interface State {
  readonly Type: StateType;
  readonly Next?: string | undefined;
  readonly End?: boolean | undefined;
  readonly Default?: string | undefined;
  readonly Choices?: readonly Readonly<Record<string, unknown>>[] | undefined;
  readonly Retry?: readonly Retrier[] | undefined;
  readonly Catch?: readonly Catcher[] | undefined;
  readonly Resource?: string | undefined;
  readonly Parameters?: unknown;
  readonly TimeoutSeconds?: number | undefined;
  readonly TimeoutSecondsPath?: string | undefined;
  readonly InputPath?: string | null | undefined;
  readonly OutputPath?: string | null | undefined;
  readonly ResultPath?: string | null | undefined;
  readonly ItemsPath?: string | undefined;
  readonly ItemSelector?: unknown;
  readonly MaxConcurrency?: number | undefined;
  readonly MaxConcurrencyPath?: string | undefined;
  readonly ItemProcessor?: StateGraph | undefined;
  readonly Branches?: readonly StateGraph[] | undefined;
  readonly [field: string]: unknown;
}

/** A whole state machine definition. */
export interface Definition extends StateGraph {
  readonly TimeoutSeconds?: number | undefined;
}

const optionalText = v.optional(v.string());
const optionalPath = v.nullish(v.string());
const optionalNumber = v.optional(v.number());

const graphFields = {
  StartAt: v.string(),
  States: v.record(
    v.string(),
    v.lazy(() => stateSchema),
  ),
  Comment: optionalText,
  ProcessorConfig: v.optional(v.record(v.string(), v.unknown())),
};

const graphSchema: v.GenericSchema<unknown, StateGraph> = v.looseObject(graphFields);

const stateSchema: v.GenericSchema<unknown, State> = v.looseObject({
  Type: v.picklist(STATE_TYPES),
  Next: optionalText,
  End: v.optional(v.boolean()),
  Default: optionalText,
  Choices: v.optional(v.array(v.record(v.string(), v.unknown()))),
  Retry: v.optional(v.array(retrierSchema)),
  Catch: v.optional(v.array(catcherSchema)),
  Resource: optionalText,
  TimeoutSeconds: optionalNumber,
  TimeoutSecondsPath: optionalText,
  InputPath: optionalPath,
  OutputPath: optionalPath,
  ResultPath: optionalPath,
  ItemsPath: optionalText,
  MaxConcurrency: optionalNumber,
  MaxConcurrencyPath: optionalText,
  ItemProcessor: v.optional(graphSchema),
  Branches: v.optional(v.array(graphSchema)),
});

const definitionSchema: v.GenericSchema<unknown, Definition> = v.looseObject({
  ...graphFields,
  TimeoutSeconds: optionalNumber,
});

/** A definition that is not of the shape {@link Definition}; the message names the field. */
export class InvalidDefinitionError extends Error {
  override readonly name = 'InvalidDefinitionError';
}

/**
 * Narrows parsed JSON to a state machine definition.
 * @throws InvalidDefinitionError naming the machine and the first wrong field.
 */
export function parseDefinition(machine: string, json: unknown): Definition {
  const parsed = v.safeParse(definitionSchema, json);
  if (parsed.success) {
    return parsed.output;
  }
  const [issue] = parsed.issues;
  throw new InvalidDefinitionError(`${machine}: ${v.getDotPath(issue) ?? 'definition'}: ${issue.message}`);
}
