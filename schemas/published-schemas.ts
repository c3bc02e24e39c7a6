/** The JSON Schemas this project publishes for editors and other tools, made from the schemas the code parses with. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { ConversionConfig } from '@valibot/to-json-schema';

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

/** Makes each published schema; the keys are file names in this folder. */
export const publishedSchemas: Readonly<Record<string, () => object>> = {
  'scenario.schema.json': scenario,
};
