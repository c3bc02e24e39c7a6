/** Hooks that cannot be run as they are, found before anything is touched. */
import { InvalidInputError } from './errors.ts';
import { placeholderPattern, valuesOf, type HookInput } from './hook-options.ts';
import { plannedHooks } from './hook-plan.ts';
import { isTakingPart, recordsIn } from './hook-scope.ts';
import type { RunRecord } from './run-record.ts';
import type { ServerRecord } from './server-record.ts';

/**
 * Refuses commands where there is no machine to run them on.
 *
 * @throws InvalidInputError naming the hooks.
 */
export function refuseHooksFor(place: 'cloud' | 'local', hooks: readonly HookInput[]): void {
  const commands = place === 'cloud' ? hooks.filter(({ command }) => command !== undefined) : [];
  if (commands.length === 0) return;
  throw new InvalidInputError(
    `options.hooks: ${namesOf(commands)} would run a command, which only a run on a machine of your own can; use lambda or automation.`,
  );
}

/** Most values of one parameter of an Automation document (`AutomationParameterValueList`). */
const automationValuesMax = 50;

/**
 * Refuses hooks that do not fit the source servers that were resolved: for applications that are not among them, and
 * Automation documents that would be given more IDs than they take.
 *
 * @throws InvalidInputError naming the hooks.
 */
export function refuseForeignHooks({ input }: Pick<RunRecord, 'input'>, records: readonly ServerRecord[]): void {
  const known = new Set<string>(records.flatMap((record) => record.applicationID ?? []));
  const strangers = input.options.hooks.flatMap(({ name, applicationIDs = [] }) =>
    applicationIDs
      .filter((id) => !known.has(id))
      .map((id) => `${name} is for ${id}, of which no source server is cut over`),
  );
  const tooMany = plannedHooks({ input }, records).flatMap(({ hook, scope }) => {
    const servers = recordsIn(scope, records).filter(isTakingPart).length;
    if (servers <= automationValuesMax || !isGivenLists(hook)) return [];
    const of = scope === 'wave' ? 'the wave' : scope;
    return [
      `${hook.name} would be given ${String(servers)} IDs for ${of}, and an Automation document takes ${String(automationValuesMax)}`,
    ];
  });
  const refusals = [...strangers, ...tooMany];
  if (refusals.length > 0) throw new InvalidInputError(`options.hooks: ${refusals.join('; ')}.`);
}

function isGivenLists({ automation, parameters = {} }: HookInput): boolean {
  const values = automation === undefined ? [] : Object.values(parameters).flatMap(valuesOf);
  const names = values.flatMap((value) => [...value.matchAll(placeholderPattern)].map(([, name]) => name));
  return names.includes('sourceServerIDs') || names.includes('ec2InstanceIDs');
}

const namesOf = (hooks: readonly HookInput[]) => hooks.map(({ name }) => name).join(', ');
