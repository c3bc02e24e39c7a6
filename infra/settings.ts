/** What a team may set at deployment, with `cdk deploy --context name=value` or under `context` in `cdk.json`. */
import type { Node } from 'constructs';
import * as v from 'valibot';

/** A list, or its text: on the command line a context value is always text. */
const NamesSchema = v.union([
  v.pipe(
    v.string(),
    v.transform((text) => text.split(',').filter((name) => name !== '')),
  ),
  v.array(v.string()),
]);

/** The settings of a deployment. */
export interface Settings {
  /**
   * Names (with path, as `team/web-server`) of the IAM roles in the instance profiles that the servers' launch
   * templates give to target instances. Starting a cutover needs the right to pass them (`mgn.md` G, gaps).
   */
  readonly targetInstanceRoleNames: readonly string[];
}

/**
 * The settings in the context of `node`.
 *
 * @throws ValiError when one is of the wrong shape.
 */
export function readSettings(node: Node): Settings {
  const value: unknown = node.tryGetContext('targetInstanceRoleNames');
  return { targetInstanceRoleNames: v.parse(v.optional(NamesSchema, []), value) };
}
