/**
 * The scenario file: an account as it is at the start, how its launches will go, what others do meanwhile and which
 * faults strike. `schemas/scenario.schema.json` is made from this schema.
 */
import * as v from 'valibot';

import { faultRuleSchema } from '../faults/fault-rule.ts';
import { quotasSchema } from '../world/quotas.ts';
import { switchesSchema } from '../world/switches.ts';
import { templateActionSchema } from './action-schema.ts';
import { ec2Schema } from './ec2-schema.ts';
import { foreignActSchema } from './foreign-activity-schema.ts';
import { serverDefaultsSchema, serverSchema, tagsSchema } from './server-schema.ts';

const accountIDSchema = v.pipe(v.string(), v.regex(/^\d{12}$/, 'must be 12 digits'));

const groupEntries = {
  name: v.pipe(
    v.string(),
    v.maxLength(256),
    v.regex(/^[^\s\x00]( *[^\s\x00])*$/, 'must not begin or end with a space'),
    v.description('Name, unique in its account.'),
  ),
  description: v.exactOptional(v.pipe(v.string(), v.maxLength(600), v.description('Free text.'))),
  tags: v.exactOptional(tagsSchema),
  isArchived: v.exactOptional(v.pipe(v.boolean(), v.description('Whether it is archived. Default false.'))),
};

const servers = v.optional(v.pipe(v.array(serverSchema), v.description('Source servers.')), []);

/** Schema of an application with its source servers. Unknown keys are refused. */
export const applicationSchema = v.strictObject({
  ...groupEntries,
  applicationID: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^app-[0-9a-zA-Z]{17}$/, 'must be app- and 17 letters or digits'),
      v.description('Default: one drawn from the name, the same every time.'),
    ),
  ),
  servers,
});

const waveSchema = v.strictObject({
  ...groupEntries,
  waveID: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^wave-[0-9a-zA-Z]{17}$/, 'must be wave- and 17 letters or digits'),
      v.description('Default: one drawn from the name, the same every time.'),
    ),
  ),
  applications: v.optional(v.pipe(v.array(applicationSchema), v.description('Applications of the wave.')), []),
});

const templateSchema = v.strictObject({
  launchConfigurationTemplateID: v.pipe(
    v.string(),
    v.regex(/^lct-[0-9a-zA-Z]{17}$/, 'must be lct- and 17 letters or digits'),
    v.description('Identifier of the launch configuration template.'),
  ),
  actions: v.optional(v.pipe(v.array(templateActionSchema), v.description('Its post-launch actions.')), []),
});

const regionSchema = v.pipe(v.string(), v.regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a Region such as us-east-1'));

const accountEntries = {
  isInitialized: v.optional(
    v.pipe(v.boolean(), v.description('Whether the service is initialized in the account. Default true.')),
    true,
  ),
  waves: v.optional(v.pipe(v.array(waveSchema), v.description('Waves with their applications and servers.')), []),
  applications: v.optional(v.pipe(v.array(applicationSchema), v.description('Applications in no wave.')), []),
  servers: v.optional(v.pipe(v.array(serverSchema), v.description('Source servers in no application.')), []),
  launchConfigurationTemplates: v.optional(
    v.pipe(v.array(templateSchema), v.description('Launch configuration templates, for their actions.')),
    [],
  ),
  ec2: v.optional(v.pipe(ec2Schema, v.description('EC2, as far as launches depend on it.')), {}),
};

/** Whether ten years from there on are still on every calendar; not of what is no moment, such as the 30th of February. */
const isWithinReach = (epochMs: number): boolean => epochMs >= 0 && epochMs < Date.UTC(2200, 0);

/** Schema of a whole scenario. Unknown keys are refused. */
export const scenarioSchema = v.strictObject({
  $schema: v.exactOptional(v.pipe(v.string(), v.description('Where this schema is, for editors.'))),
  description: v.exactOptional(v.pipe(v.string(), v.description('What the scenario shows.'))),
  accountID: v.optional(
    v.pipe(accountIDSchema, v.description('The caller’s account. Default 123456789012.')),
    '123456789012',
  ),
  region: v.optional(v.pipe(regionSchema, v.description('Region. Default us-east-1.')), 'us-east-1'),
  startTime: v.exactOptional(
    v.pipe(
      v.string(),
      v.isoTimestamp('must be a timestamp such as 2026-03-01T02:00:00Z'),
      v.check((text) => isWithinReach(Date.parse(text)), 'must be a moment from 1970 to 2199'),
      v.description('The moment the scenario describes. Default: when the simulator starts.'),
    ),
  ),
  ...accountEntries,
  defaults: v.optional(
    v.pipe(serverDefaultsSchema, v.description('What holds for every server that does not say otherwise.')),
    {},
  ),
  managedAccounts: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          accountID: v.pipe(accountIDSchema, v.description('Twelve digits.')),
          region: v.exactOptional(
            v.pipe(regionSchema, v.description('Region of what is listed here. Default: the scenario’s.')),
          ),
          isLinked: v.exactOptional(
            v.pipe(v.boolean(), v.description('Whether the caller reaches it with accountID. Default true.')),
          ),
          roles: v.exactOptional(
            v.pipe(
              v.array(v.string()),
              v.description('Names of the roles in it that the caller may assume, each with its path. Default: any.'),
            ),
          ),
          ...accountEntries,
        }),
      ),
      v.description('Other accounts, and what accounts hold in other Regions, the caller’s own included.'),
    ),
    [],
  ),
  faults: v.optional(v.pipe(v.array(faultRuleSchema), v.description('Faults of the service’s answers.')), []),
  foreignActivity: v.optional(
    v.pipe(v.array(foreignActSchema), v.description('What others do in the account meanwhile.')),
    [],
  ),
  switches: v.optional(
    v.pipe(switchesSchema, v.description('Behaviours of the service that nobody has measured.')),
    {},
  ),
  quotas: v.optional(v.pipe(quotasSchema, v.description('Quotas of the account in the Region.')), {}),
});

/** A scenario, parsed: defaults of the schema filled in. */
export type Scenario = v.InferOutput<typeof scenarioSchema>;

/** A scenario as a file or a program gives it: only what differs from the defaults. */
export type ScenarioInput = v.InferInput<typeof scenarioSchema>;

/** The contents of one account of a scenario, in one Region. */
export type AccountScenario = Scenario['managedAccounts'][number];

/** A wave of a scenario. */
export type WaveScenario = AccountScenario['waves'][number];

/** An application of a scenario. */
export type ApplicationScenario = AccountScenario['applications'][number];
