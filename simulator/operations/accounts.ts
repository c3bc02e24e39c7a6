/** InitializeService and ListManagedAccounts (`mgn.md` A.2, G, H.7). */
import type { ManagedAccount } from '@aws-sdk/client-mgn';
import type { Operation } from '../operation.ts';
import type { ListManagedAccountsInput } from '../wire/inputs.ts';
import { listing } from '../wire/paging.ts';
import type { Listing } from '../wire/paging.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';

/** Whether the service serves an account, or answers UninitializedAccountException (`mgn.md` H.7). */
export const isServed = (world: World, account: Account): boolean =>
  account.isInitialized && (account.hasReplicationTemplate || world.switches.initializeServiceSuffices === 'yes');

/** InitializeService: may be repeated. */
export const initializeService: Operation<object, undefined> = (world, _input, call) => {
  accountOf(world, call.accountID).isInitialized = true;
  return undefined;
};

/** ListManagedAccounts: the accounts linked to the caller's own; empty without linking (`mgn.md` G). */
export const listManagedAccounts: Operation<ListManagedAccountsInput, Listing<ManagedAccount>> = (
  world,
  _input,
  call,
) => {
  const isManager = call.accountID === world.accountID;
  const linked = [...world.accounts.values()].filter(
    ({ accountID, isLinked }) => isManager && isLinked && accountID !== world.accountID,
  );
  return listing(linked, ({ accountID: accountId }) => ({ accountId }));
};
