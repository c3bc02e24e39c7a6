/** Post-launch actions of source servers and of launch configuration templates (`mgn.md` A.6). */
import type { SourceServerActionDocument, TemplateActionDocument } from '@aws-sdk/client-mgn';
import type { Operation } from '../operation.ts';
import type {
  ListSourceServerActionsInput,
  ListTemplateActionsInput,
  PutSourceServerActionInput,
  RemoveSourceServerActionInput,
} from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import type { Newest } from '../world/newest-model.ts';
import { accountOf } from '../world/world.ts';
import { conflict, find, keepWithin } from './find-record.ts';

interface ActionDocument {
  readonly actionID?: string;
  readonly order?: number;
}

/** The actions asked for, in the order they run. */
const inOrder = <Action extends ActionDocument>(
  actions: ReadonlyMap<string, Action>,
  actionIDs: readonly string[] = [],
): Action[] =>
  [...actions.values()]
    .filter((action) => actionIDs.length === 0 || actionIDs.includes(action.actionID ?? ''))
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0));

const asIs = <Action>(action: Action): Action => action;

/** ListSourceServerActions. */
export const listSourceServerActions: Operation<
  ListSourceServerActionsInput,
  Listing<Newest<SourceServerActionDocument>>
> = (world, { sourceServerID, filters }, call) => {
  const actions = find(accountOf(world, call.accountID).sourceServerActions, 'SourceServer', sourceServerID);
  return listing(inOrder(actions, filters?.actionIDs), asIs);
};

/** ListTemplateActions. */
export const listTemplateActions: Operation<ListTemplateActionsInput, Listing<Newest<TemplateActionDocument>>> = (
  world,
  { launchConfigurationTemplateID, filters },
  call,
) => {
  const { templateActions } = accountOf(world, call.accountID);
  const actions = find(templateActions, 'LaunchConfigurationTemplate', launchConfigurationTemplateID);
  return listing(inOrder(actions, filters?.actionIDs), asIs);
};

/** PutSourceServerAction: creates the action, or replaces the one with the same id. Orders are unique on a server. */
export const putSourceServerAction: Operation<PutSourceServerActionInput, Newest<SourceServerActionDocument>> = (
  world,
  { sourceServerID, ...action },
  call,
) => {
  const actions = find(accountOf(world, call.accountID).sourceServerActions, 'SourceServer', sourceServerID);
  const rival = [...actions.values()].find(
    ({ actionID, order }) => order === action.order && actionID !== action.actionID,
  );
  if (rival !== undefined) {
    const message = `Order ${String(action.order)} is taken by action ${rival.actionID ?? ''}`;
    throw conflict('SourceServer', sourceServerID, message);
  }
  const total = actions.size + (actions.has(action.actionID) ? 0 : 1);
  keepWithin(total, world.quotas.actionsPerSourceServer, 'SourceServer', 'actions of one source server');
  const stored = { active: true, mustSucceedForCutover: false, ...action };
  delete stored.accountID;
  actions.set(action.actionID, stored);
  return stored;
};

/** RemoveSourceServerAction. */
export const removeSourceServerAction: Operation<RemoveSourceServerActionInput, undefined> = (
  world,
  { sourceServerID, actionID },
  call,
) => {
  const actions = find(accountOf(world, call.accountID).sourceServerActions, 'SourceServer', sourceServerID);
  find(actions, 'Action', actionID);
  actions.delete(actionID);
  return undefined;
};
