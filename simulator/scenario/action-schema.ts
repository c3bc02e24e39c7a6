/** Post-launch actions in a scenario: the document (`mgn.md` A.6) and how its runs end. */
import * as v from 'valibot';

import { attemptOf, secondsSchema } from './launch-schema.ts';

const actionResultSchema = v.pipe(
  v.picklist(['success', 'failed', 'timedOut', 'hangs', 'missing']),
  v.description(
    'success; failed; timedOut: FAILED when the time-out has passed; hangs: IN_PROGRESS for ever; missing: never shown in the job.',
  ),
);

const actionRunSchema = v.union([
  actionResultSchema,
  v.pipe(
    v.strictObject({
      result: v.exactOptional(actionResultSchema),
      seconds: v.exactOptional(v.pipe(secondsSchema, v.description('How long the run takes. Default 30.'))),
      failureReason: v.exactOptional(v.pipe(v.string(), v.description('failureReason of a failed run.'))),
    }),
    v.description('A run with its details.'),
  ),
]);

const actionRunsSchema = v.union([actionRunSchema, v.pipe(v.array(actionRunSchema), v.minLength(1))]);

const parametersSchema = v.record(
  v.string(),
  v.array(
    v.strictObject({
      parameterType: v.literal('STRING'),
      parameterName: v.pipe(v.string(), v.description('Name in the parameter store.')),
    }),
  ),
);

const categories = [
  'DISASTER_RECOVERY',
  'OPERATING_SYSTEM',
  'LICENSE_AND_SUBSCRIPTION',
  'VALIDATION',
  'OBSERVABILITY',
  'SECURITY',
  'NETWORKING',
  'CONFIGURATION',
  'BACKUP',
  'OTHER',
] as const;

const documentEntries = {
  actionName: v.pipe(v.string(), v.minLength(1), v.maxLength(256), v.description('Name of the action.')),
  actionID: v.exactOptional(
    v.pipe(v.string(), v.minLength(1), v.maxLength(64), v.description('Default: the action’s name in kebab case.')),
  ),
  documentIdentifier: v.exactOptional(
    v.pipe(v.string(), v.maxLength(256), v.description('SSM document. Default: the action’s name in kebab case.')),
  ),
  documentVersion: v.exactOptional(v.pipe(v.string(), v.description('$DEFAULT, $LATEST or a number.'))),
  order: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(10_000),
      v.description('Lower runs first; 1 to 1000 are the service’s own. Default: 1001 for the first action, 1002 …'),
    ),
  ),
  active: v.exactOptional(v.pipe(v.boolean(), v.description('Whether the action runs. Default true.'))),
  timeoutSeconds: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.maxValue(2_147_483_647),
      v.description('Time-out of a run. The service waits 3600 s without one.'),
    ),
  ),
  mustSucceedForCutover: v.exactOptional(
    v.pipe(v.boolean(), v.description('Whether a failure blocks finalizing the cutover. Default false.')),
  ),
  parameters: v.exactOptional(v.pipe(parametersSchema, v.description('Parameters of the SSM document.'))),
  externalParameters: v.exactOptional(
    v.pipe(
      v.record(
        v.string(),
        v.strictObject({ dynamicPath: v.pipe(v.string(), v.description('Path into the source server.')) }),
      ),
      v.description('Parameters taken from the source server.'),
    ),
  ),
  description: v.exactOptional(v.pipe(v.string(), v.maxLength(256), v.description('Free text.'))),
  category: v.exactOptional(v.pipe(v.picklist(categories), v.description('Category of the action.'))),
};

const documentSchema = v.object(documentEntries);

/** The document of an action alone, without what a scenario says of its runs. */
export const documentOf = (action: ActionScenario | TemplateActionScenario) => v.parse(documentSchema, action);

/** Schema of a post-launch action of a source server. Unknown keys are refused. */
export const actionSchema = v.strictObject({
  ...documentEntries,
  documentType: v.exactOptional(
    v.pipe(v.picklist(['COMMAND', 'AUTOMATION']), v.description('Type of the SSM document. Default COMMAND.')),
  ),
  test: v.exactOptional(
    v.pipe(
      actionRunsSchema,
      v.description('How it runs after a test launch; a list counts the server’s test launches.'),
    ),
  ),
  cutover: v.exactOptional(
    v.pipe(
      actionRunsSchema,
      v.description('How it runs after a cutover launch; a list counts the server’s cutover launches.'),
    ),
  ),
});

/** Schema of a post-launch action of a launch configuration template. Unknown keys are refused. */
export const templateActionSchema = v.strictObject({
  ...documentEntries,
  operatingSystem: v.exactOptional(v.pipe(v.picklist(['linux', 'windows']), v.description('Which systems it is for.'))),
});

/** A source server's action as a scenario gives it. */
export type ActionScenario = v.InferOutput<typeof actionSchema>;

/** A template's action as a scenario gives it. */
export type TemplateActionScenario = v.InferOutput<typeof templateActionSchema>;

/** How one run of an action goes. */
export interface ActionRunScenario {
  readonly result: v.InferOutput<typeof actionResultSchema>;
  readonly seconds: number;
  readonly failureReason: string | undefined;
}

/** The run of an action after a launch attempt (0 is the first); without a scenario it succeeds in 30 s. */
export const actionRunOf = (
  action: ActionScenario | undefined,
  kind: 'test' | 'cutover',
  attempt: number,
): ActionRunScenario => {
  const run = attemptOf(action?.[kind], attempt) ?? 'success';
  if (typeof run === 'string') return { result: run, seconds: 30, failureReason: undefined };
  return { result: run.result ?? 'success', seconds: run.seconds ?? 30, failureReason: run.failureReason };
};
