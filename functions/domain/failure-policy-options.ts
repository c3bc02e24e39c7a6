/** The failure policy as a person writes it: what a failed source server takes along. */
import * as v from 'valibot';
import { ApplicationIDSchema } from './identifiers.ts';
import { idList, matches, SelectorSchema, selectorsMax, unknownIDs, type SelectableServer } from './selector.ts';

const StopAtSchema = v.union(
  [
    v.strictObject({
      servers: v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.description('How many source servers of the wave have to fail.'),
      ),
    }),
    v.strictObject({
      percent: v.pipe(
        v.number(),
        v.integer(),
        v.minValue(1),
        v.maxValue(100),
        v.description('How many of 100 source servers that were to be cut over have to fail.'),
      ),
    }),
  ],
  'expected either {"servers": n} or {"percent": x}',
);

/** Schema of the failure policy. */
export const FailurePolicySchema = v.pipe(
  v.strictObject({
    application: v.optional(
      v.pipe(
        v.picklist(['atomic', 'independent']),
        v.description(
          'What a failed source server takes along: "atomic" its whole application, because half an application in AWS is broken, "independent" nothing.',
        ),
      ),
      'atomic',
    ),
    independentApplicationIDs: idList(
      ApplicationIDSchema,
      'Applications of which single source servers may fail, whatever "application" says.',
    ),
    atomicApplicationIDs: idList(
      ApplicationIDSchema,
      'Applications that are cut over as a whole or not at all, whatever "application" says.',
    ),
    mayFail: v.exactOptional(
      v.pipe(
        v.array(SelectorSchema),
        v.minLength(1, 'expected at least one selector'),
        v.maxLength(selectorsMax, `expected at most ${String(selectorsMax)} selectors`),
        v.description(
          'Source servers that may fail without taking their application, their wave or later priority groups along; all others must succeed.',
        ),
      ),
    ),
    stopAt: v.exactOptional(
      v.pipe(
        StopAtSchema,
        v.description(
          'How many source servers have to fail, those that may fail included, for no further one of the wave to be started.',
        ),
      ),
    ),
    wave: v.optional(
      v.pipe(
        v.picklist(['independent', 'atomic']),
        v.description(
          'Whether a source server that must succeed and failed leaves the rest of the wave alone, or brings the whole wave back.',
        ),
      ),
      'independent',
    ),
  }),
  v.check(
    ({ atomicApplicationIDs, independentApplicationIDs }) =>
      atomicApplicationIDs?.some((id) => independentApplicationIDs?.includes(id) === true) !== true,
    'an application is in both atomicApplicationIDs and independentApplicationIDs',
  ),
);
/** The failure policy with every default filled in. */
export type FailurePolicy = v.InferOutput<typeof FailurePolicySchema>;

/** Whether a server may fail without taking its application, its wave or later priority groups along. */
export function mayServerFail(server: SelectableServer, policy: FailurePolicy): boolean {
  return policy.mayFail?.some((selector) => matches(selector, server)) ?? false;
}

/** The IDs of source servers and applications in the policy that none of the wave's servers has: most likely mistyped. */
export function unknownPolicyServers(
  policy: FailurePolicy,
  servers: readonly Pick<SelectableServer, 'sourceServerID' | 'applicationID'>[],
): string[] {
  const { mayFail = [], independentApplicationIDs = [], atomicApplicationIDs = [] } = policy;
  const applicationIDs = [...independentApplicationIDs, ...atomicApplicationIDs];
  return unknownIDs([...mayFail, { applicationIDs }], servers);
}
