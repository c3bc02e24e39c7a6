/**
 * Which lifecycle states each call is legal from, and where it leads (`mgn.md` C.1): the service's rules as the
 * simulator states them, on its own.
 */
import type { ChangeServerLifeCycleStateSourceServerLifecycleState, LifeCycleState } from '@aws-sdk/client-mgn';

import type { Switches } from './switches.ts';

/** Lifecycle states that a call which starts a job accepts. */
export const legalForJob = {
  START_TEST: (switches: Switches): readonly LifeCycleState[] =>
    switches.startTestFromTesting === 'allowed' ? ['READY_FOR_TEST', 'TESTING'] : ['READY_FOR_TEST'],
  START_CUTOVER: (switches: Switches): readonly LifeCycleState[] =>
    switches.startCutoverFromCuttingOver === 'allowed' ? ['READY_FOR_CUTOVER', 'CUTTING_OVER'] : ['READY_FOR_CUTOVER'],
  TERMINATE: (switches: Switches): readonly LifeCycleState[] =>
    switches.terminateWhenDisconnected === 'allowed'
      ? ['READY_FOR_TEST', 'READY_FOR_CUTOVER', 'DISCONNECTED']
      : ['READY_FOR_TEST', 'READY_FOR_CUTOVER'],
} as const;

/** Lifecycle states from which ChangeServerLifeCycleState reaches a state. */
export const legalForChange = (
  to: ChangeServerLifeCycleStateSourceServerLifecycleState,
  switches: Switches,
): readonly LifeCycleState[] => {
  const itself: readonly LifeCycleState[] = switches.changeToSameState === 'accepted' ? [to] : [];
  if (to === 'READY_FOR_CUTOVER') return ['READY_FOR_TEST', 'TESTING', 'CUTTING_OVER', ...itself];
  if (to === 'CUTOVER') return ['DISCONNECTED'];
  return switches.readyForTestFromCuttingOver === 'allowed'
    ? ['TESTING', 'READY_FOR_CUTOVER', 'CUTTING_OVER', ...itself]
    : ['TESTING', 'READY_FOR_CUTOVER', ...itself];
};

/** Lifecycle states in which a source server has no agent to disconnect. */
export const neverConnected: readonly LifeCycleState[] = ['DISCOVERED', 'PENDING_INSTALLATION'];

/** Lifecycle states that MarkAsArchived accepts. */
export const archivable: readonly LifeCycleState[] = ['DISCONNECTED', 'CUTOVER'];

/** Lifecycle states that DeleteSourceServer accepts. */
export const deletable: readonly LifeCycleState[] = ['DISCONNECTED', 'CUTOVER'];
