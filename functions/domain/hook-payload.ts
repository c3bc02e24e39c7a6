/** What a hook is told: which run, which source servers, and its parameters with the placeholders filled in. */
import { placeholderPattern, valuesOf, type HookInput, type HookTime } from './hook-options.ts';
import type { HookScope } from './hook-record.ts';
import type { ApplicationID, SourceServerID } from './identifiers.ts';
import type { RunRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';

/** What a hook is told. */
export interface HookPayload {
  readonly runID: string;
  /** The hook's name. */
  readonly hook: string;
  readonly when: HookTime;
  readonly scope: 'wave' | { readonly applicationID: ApplicationID; readonly applicationName?: string | undefined };
  readonly sourceServers: readonly {
    readonly sourceServerID: SourceServerID;
    readonly hostname?: string | undefined;
    /** The instance the cutover launched; after a rollback it is terminated. */
    readonly ec2InstanceID?: string | undefined;
  }[];
  /** The same for every call of one try: a hook that has seen it has been called before. */
  readonly token: string;
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
}

/** The payload of a hook for these source servers of its scope. */
export function hookPayload(
  run: Pick<RunRecord, 'runID'>,
  hook: HookInput,
  scope: HookScope,
  records: readonly ServerRecord[],
  token: string,
): HookPayload {
  const { runID } = run;
  const applicationName = records.find((record) => record.applicationName !== undefined)?.applicationName;
  const ec2InstanceIDs = records.flatMap((record) => record.cutover?.ec2InstanceID ?? []);
  const filled = {
    runID: [runID],
    applicationID: scope === 'wave' ? [] : [scope],
    sourceServerIDs: records.map((record) => record.sourceServerID),
    ec2InstanceIDs,
  };
  return {
    runID,
    hook: hook.name,
    when: hook.when,
    scope: scope === 'wave' ? 'wave' : { applicationID: scope, applicationName },
    sourceServers: records.map(({ sourceServerID, hostname, cutover }) => ({
      sourceServerID,
      hostname,
      ec2InstanceID: cutover?.ec2InstanceID,
    })),
    token,
    parameters: Object.fromEntries(
      Object.entries(hook.parameters ?? {}).map(([name, value]) => [name, fillParameter(value, filled)]),
    ),
  };
}

type Filled = Readonly<Record<string, readonly string[]>>;

const wholePlaceholder = /^\{(sourceServerIDs|ec2InstanceIDs)\}$/;

/** A value that is nothing but a list's placeholder becomes the list; within a text the list is joined by commas. */
function fillParameter(parameter: string | readonly string[], filled: Filled): string | readonly string[] {
  const isList = typeof parameter !== 'string' || wholePlaceholder.test(parameter);
  const values = valuesOf(parameter).flatMap((value) => {
    const list = wholePlaceholder.exec(value)?.[1];
    if (list !== undefined) return filled[list] ?? [];
    return [value.replace(placeholderPattern, (text, name: string) => filled[name]?.join(',') ?? text)];
  });
  return isList ? values : (values[0] ?? '');
}
