/** The JSON Schemas this project publishes for editors and other tools, made from the schemas the code parses with. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { ConversionConfig } from '@valibot/to-json-schema';

import { MigrationInputSchema } from '../functions/domain/migration-input.ts';
import { RunInputSchema } from '../functions/domain/run-input.ts';
import { OptionsSchema } from '../functions/domain/run-options.ts';
import { NoticeDocumentSchema } from '../functions/watch/notice-document.ts';
import { ScheduleFileSchema } from '../infra/schedule-file.ts';
import { faultRuleSchema } from '../simulator/faults/fault-rule.ts';
import { actionSchema } from '../simulator/scenario/action-schema.ts';
import { launchSchema } from '../simulator/scenario/launch-schema.ts';
import { applicationSchema, scenarioSchema } from '../simulator/scenario/scenario-schema.ts';
import { changeSchema, serverSchema } from '../simulator/scenario/server-schema.ts';

/** Checks between members have no counterpart in JSON Schema; the parser still makes them. */
const conversion = { typeMode: 'input', ignoreActions: ['check'] } as const satisfies ConversionConfig;

const scenario = () => ({
  ...toJsonSchema(scenarioSchema, {
    ...conversion,
    definitions: {
      application: applicationSchema,
      sourceServer: serverSchema,
      action: actionSchema,
      launch: launchSchema,
      replicationChange: changeSchema,
      faultRule: faultRuleSchema,
    },
  }),
  title: 'Scenario of the MGN simulator',
});

/** What `parseRunInput` checks beside the schema: exactly one member names the servers, and no list names one twice. */
const runInput = () => {
  const { properties = {}, ...schema } = toJsonSchema(RunInputSchema, {
    ...conversion,
    ignoreActions: ['check', 'check_items', 'brand'],
  });
  const unique = (name: string) => Object.assign({}, properties[name], { uniqueItems: true });
  return {
    ...schema,
    properties: {
      ...properties,
      applicationIDs: unique('applicationIDs'),
      sourceServerIDs: unique('sourceServerIDs'),
    },
    oneOf: ['waveID', 'applicationIDs', 'sourceServerIDs'].map((name) => ({ required: [name] })),
    title: 'Input of a cutover run',
  };
};

/**
 * What `parseMigration` checks beside the schema: that names and order fit together, and that each wave's input, its
 * defaults filled in, is a run's.
 */
const migrationInput = () => ({
  ...toJsonSchema(MigrationInputSchema, {
    ...conversion,
    ignoreActions: ['check', 'check_items', 'brand'],
    overrideSchema: ({ valibotSchema }) => {
      if (valibotSchema.type === 'loose_object') return { $ref: 'run-input.schema.json' };
      return valibotSchema === OptionsSchema ? { $ref: 'run-input.schema.json#/properties/options' } : undefined;
    },
  }),
  title: 'Input of a migration run',
});

/** What `parseScheduleFile` checks beside the schema: no two entries share a name, and each instant is in the calendar. */
const schedules = () => ({
  ...toJsonSchema(ScheduleFileSchema, {
    ...conversion,
    overrideSchema: ({ valibotSchema }) =>
      valibotSchema.type === 'loose_object'
        ? { anyOf: [{ $ref: 'run-input.schema.json' }, { $ref: 'migration-input.schema.json' }] }
        : undefined,
  }),
  title: 'Scheduled starts of cutover runs and migrations',
});

/** What programs are told: of SNS, everything but e-mail and text messages gets it. */
const notice = () => ({
  ...toJsonSchema(NoticeDocumentSchema, { ...conversion, typeMode: 'output' }),
  title: 'Notice of a run or a migration',
});

/** Makes each published schema; the keys are file names in this folder. */
export const publishedSchemas: Readonly<Record<string, () => object>> = {
  'migration-input.schema.json': migrationInput,
  'notice.schema.json': notice,
  'run-input.schema.json': runInput,
  'scenario.schema.json': scenario,
  'schedules.schema.json': schedules,
};
