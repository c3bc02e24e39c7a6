/** Which source servers start before others: rules that put them into groups 1 to 5. */
import * as v from 'valibot';
import { matches, selectorEntries, selectorsMax, unknownIDs, type SelectableServer } from './selector.ts';

/** The group of the servers that no rule names; it starts last and is brought back first. */
export const lastPriorityGroup = 5;

const RuleSchema = v.pipe(
  v.strictObject({
    group: v.pipe(
      v.picklist([1, 2, 3, 4, lastPriorityGroup], 'expected a priority group from 1 to 5'),
      v.description('The group, 1 to 5: group n+1 starts once group n is verified.'),
    ),
    ...selectorEntries,
  }),
  v.minEntries(2, 'expected at least one of sourceServerIDs, applicationIDs or tag beside group'),
);

/** Schema of the rules; the first one that names a server decides. */
export const PriorityGroupsSchema = v.pipe(
  v.array(RuleSchema),
  v.maxLength(selectorsMax, `expected at most ${String(selectorsMax)} rules`),
);
/** The rules that put source servers into priority groups; the first one that names a server decides. */
export type PriorityGroups = v.InferOutput<typeof PriorityGroupsSchema>;

/** The priority group of a server, 1 to 5: that of the first rule that names it, or else the last. */
export function priorityGroupOf(server: SelectableServer, groups: PriorityGroups): number {
  return groups.find((rule) => matches(rule, server))?.group ?? lastPriorityGroup;
}

/** The IDs of source servers and applications in the rules that none of the wave's servers has: most likely mistyped. */
export function unknownGroupServers(
  groups: PriorityGroups,
  servers: readonly Pick<SelectableServer, 'sourceServerID' | 'applicationID'>[],
): string[] {
  return unknownIDs(groups, servers);
}
