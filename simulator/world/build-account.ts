/** Builds an account of the world from its part of the scenario. */
import { withDefaults } from '../scenario/server-schema.ts';
import type { AccountScenario, ApplicationScenario, WaveScenario } from '../scenario/scenario-schema.ts';
import { addServer } from './build-server.ts';
import { ec2RecordsOf } from './ec2-records.ts';
import { arnOf, idNamed, namesOf } from './identifiers.ts';
import { formatInstant } from './instants.ts';
import { kebabCase } from './kebab-case.ts';
import { addPastLaunches } from './past-launches.ts';
import type { ServerScenario } from '../scenario/server-schema.ts';
import type { Account, World } from './world.ts';

/** Waves and applications were made this long before the scenario's start. */
const createdBeforeStartMs = 7 * 86_400_000;

/** An account with everything its scenario lists, and the launches that must have been made before. */
export const buildAccount = (world: World, scenario: AccountScenario): Account => {
  const account: Account = {
    accountID: scenario.accountID,
    isInitialized: scenario.isInitialized,
    hasReplicationTemplate: scenario.isInitialized,
    isLinked: scenario.isLinked ?? true,
    roles: scenario.roles,
    sourceServers: new Map(),
    jobs: new Map(),
    waves: new Map(),
    applications: new Map(),
    launchConfigurations: new Map(),
    sourceServerActions: new Map(),
    templateActions: new Map(),
    ec2: ec2RecordsOf(scenario.ec2, namesOf(world, scenario.accountID), world.region),
    tags: new Map(),
  };
  for (const wave of scenario.waves) addWave(world, account, wave);
  for (const application of scenario.applications) addApplication(world, account, application, undefined);
  addServers(world, account, scenario.servers, undefined);
  for (const template of scenario.launchConfigurationTemplates) addTemplate(account, template);
  return account;
};

const dates = (world: World) => {
  const creationDateTime = formatInstant(world, world.startMs - createdBeforeStartMs);
  return { creationDateTime, lastModifiedDateTime: creationDateTime };
};

const addWave = (world: World, account: Account, scenario: WaveScenario): void => {
  const waveID = scenario.waveID ?? idNamed('wave', `${namesOf(world, account.accountID)}/${scenario.name}`);
  const arn = arnOf(world, account.accountID, 'wave', waveID);
  account.waves.set(waveID, {
    waveID,
    arn,
    name: scenario.name,
    ...(scenario.description !== undefined && { description: scenario.description }),
    isArchived: scenario.isArchived ?? false,
    ...dates(world),
  });
  if (scenario.tags !== undefined) account.tags.set(arn, scenario.tags);
  for (const application of scenario.applications) addApplication(world, account, application, waveID);
};

const addApplication = (
  world: World,
  account: Account,
  scenario: ApplicationScenario,
  waveID: string | undefined,
): void => {
  const applicationID =
    scenario.applicationID ?? idNamed('application', `${namesOf(world, account.accountID)}/${scenario.name}`);
  const arn = arnOf(world, account.accountID, 'application', applicationID);
  account.applications.set(applicationID, {
    applicationID,
    arn,
    name: scenario.name,
    ...(scenario.description !== undefined && { description: scenario.description }),
    isArchived: scenario.isArchived ?? false,
    ...dates(world),
    ...(waveID !== undefined && { waveID }),
  });
  if (scenario.tags !== undefined) account.tags.set(arn, scenario.tags);
  addServers(world, account, scenario.servers, applicationID);
};

const addServers = (
  world: World,
  account: Account,
  servers: readonly ServerScenario[],
  applicationID: string | undefined,
): void => {
  const records = servers.map((server) =>
    addServer(world, account, withDefaults(server, world.scenario.defaults), applicationID),
  );
  addPastLaunches(world, account, records);
};

const addTemplate = (account: Account, scenario: AccountScenario['launchConfigurationTemplates'][number]): void => {
  const actions = scenario.actions.map((action, index) => {
    const actionID = action.actionID ?? kebabCase(action.actionName);
    return [
      actionID,
      {
        documentIdentifier: kebabCase(action.actionName),
        order: 1001 + index,
        documentVersion: '$DEFAULT',
        active: true,
        mustSucceedForCutover: false,
        operatingSystem: 'linux',
        ...action,
        actionID,
      },
    ] as const;
  });
  account.templateActions.set(scenario.launchConfigurationTemplateID, new Map(actions));
};
