/** Every checker there is. */
import { accounted } from './accounted.ts';
import { budgets } from './budgets.ts';
import { finalizeEvidence } from './finalize-evidence.ts';
import { foreignHarm } from './foreign-harm.ts';
import { honestEnds } from './honest-ends.ts';
import { hooksHeeded } from './hooks.ts';
import { keptLocks } from './kept-locks.ts';
import { legalCalls } from './legal-calls.ts';
import { liveness } from './liveness.ts';
import { locks } from './locks.ts';
import { noUnaskedWrites } from './no-unasked-writes.ts';
import { nothingLost } from './nothing-lost.ts';
import { oneLaunch } from './one-launch.ts';
import { ownInstances } from './own-instances.ts';
import { ownServers } from './own-servers.ts';
import { patience } from './patience.ts';
import { quotas } from './quotas.ts';
import { recordedFailures } from './recorded-failures.ts';
import { reportedFailures } from './reported-failures.ts';
import { revertBeforeTerminate } from './revert-before-terminate.ts';
import { testInstances } from './test-instances.ts';
import { trueVerdicts } from './true-verdicts.ts';
import { verifiedEvidence } from './verified-evidence.ts';
import { wholeApplications } from './whole-applications.ts';
import { windows } from './window.ts';
import type { MakeChecker } from '../scene.ts';

/** Makes the checkers of a night. */
export const makeCheckers: readonly MakeChecker[] = [
  accounted,
  budgets,
  finalizeEvidence,
  foreignHarm,
  honestEnds,
  hooksHeeded,
  keptLocks,
  legalCalls,
  liveness,
  locks,
  noUnaskedWrites,
  nothingLost,
  oneLaunch,
  ownInstances,
  ownServers,
  patience,
  quotas,
  recordedFailures,
  reportedFailures,
  revertBeforeTerminate,
  testInstances,
  trueVerdicts,
  verifiedEvidence,
  wholeApplications,
  windows,
];
