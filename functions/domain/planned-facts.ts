/**
 * What a saved plan remembers of a source server: everything that decides how it is launched and believed, and nothing
 * that changes by itself from one minute to the next, such as its lag.
 */
import type { ConfiguredAction, LaunchConfiguration } from './launch-configuration.ts';
import type { LaunchTarget } from './launch-target.ts';
import type { SourceServer } from './source-server.ts';
import type { Reason } from './reason.ts';
import type { SavedPlan } from './saved-plan-input.ts';

/** The facts of one source server by name, each as text that a person can compare. */
export type PlannedFacts = Readonly<Record<string, string>>;

/** What the facts are made from. */
export interface FactSources {
  readonly server: SourceServer;
  readonly configuration: LaunchConfiguration | undefined;
  readonly actions: readonly ConfiguredAction[];
  /** Undefined where launch targets are not checked. */
  readonly target: LaunchTarget | undefined;
}

/** The facts of one source server. */
export function plannedFactsOf({ server, configuration, actions, target }: FactSources): PlannedFacts {
  return {
    'host name': server.hostname ?? '',
    application: server.applicationID ?? '',
    'replication type': server.replicationType ?? '',
    'launch template': configuration?.ec2LaunchTemplateID ?? '',
    'launch disposition': configuration?.launchDisposition ?? '',
    'post-launch deployment': configuration?.postLaunchDeployment ?? '',
    'post-launch documents': describeActions(configuration?.documents ?? []),
    'post-launch actions': describeActions(actions),
    ...configuration?.settings,
    ...(target && targetFacts(target)),
  };
}

function describeActions(actions: readonly ConfiguredAction[]): string {
  const words = actions
    .filter(({ isActive }) => isActive)
    .map(({ actionName, documentName, mustSucceedForCutover, timeoutSeconds, details }) =>
      [
        actionName ?? documentName,
        documentName,
        mustSucceedForCutover ? 'must succeed' : 'may fail',
        timeoutSeconds === undefined ? '' : `${String(timeoutSeconds)} s`,
        details === undefined || details === '{}' ? '' : details,
      ]
        .filter((word) => word !== '')
        .join(' / '),
    );
  return words.sort().join('; ');
}

function targetFacts({ template }: LaunchTarget): PlannedFacts {
  const interfaces = template?.networkInterfaces ?? [];
  const listed = (values: readonly (string | undefined)[]) => values.flatMap((value) => value ?? []).join(', ');
  return {
    'default template version': template === undefined ? '' : String(template.versionNumber),
    'instance type': template?.instanceType ?? '',
    'instance profile': template?.instanceProfile ?? '',
    'network interfaces': listed(interfaces.map(({ networkInterfaceID }) => networkInterfaceID)),
    subnets: listed(interfaces.map(({ subnetID }) => subnetID)),
    'security groups': listed(interfaces.flatMap(({ securityGroupIDs }) => [...securityGroupIDs].sort())),
  };
}

/** Every fact that differs, in words: `subnet: was subnet-1, is subnet-2`. */
export function differencesOf(planned: PlannedFacts, found: PlannedFacts): string[] {
  const names = [...new Set([...Object.keys(planned), ...Object.keys(found)])];
  const shown = (value: string | undefined) => (value === undefined || value === '' ? 'none' : value);
  return names
    .filter((name) => shown(planned[name]) !== shown(found[name]))
    .map((name) => `${name}: was ${shown(planned[name])}, is ${shown(found[name])}`);
}

/** The reason against a source server whose facts, by their fingerprint, are not those of the saved plan. */
export function driftReasons(
  plan: SavedPlan | undefined,
  { sourceServerID }: Pick<SourceServer, 'sourceServerID'>,
  found: string | undefined,
): Reason[] {
  if (plan === undefined) return [];
  const fingerprint = plan.fingerprints[sourceServerID];
  if (fingerprint !== undefined && fingerprint === found) return [];
  const source = 'saved plan';
  const remedy = 'See what changed with mgn-cutover plan --compare; if it is meant so, save the plan again.';
  return fingerprint === undefined
    ? [{ code: 'NOT_IN_PLAN', fact: `the plan saved at ${plan.savedAt} does not have this server`, source, remedy }]
    : [{ code: 'FACTS_CHANGED', fact: `its facts are not those of the plan saved at ${plan.savedAt}`, source, remedy }];
}

/** The servers of the saved plan that the wave does not have any more. */
export function missingFromWave(plan: SavedPlan | undefined, sourceServerIDs: ReadonlySet<string>): Reason[] {
  const missing = Object.keys(plan?.fingerprints ?? {}).filter((id) => !sourceServerIDs.has(id));
  if (plan === undefined || missing.length === 0) return [];
  const fact = `the plan saved at ${plan.savedAt} has ${missing.join(', ')}, the wave does not any more`;
  return [
    { code: 'PLAN_SERVER_MISSING', fact, source: 'saved plan', remedy: 'Find out why, then save the plan again.' },
  ];
}
