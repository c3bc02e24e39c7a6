/** Every planted bug. */
import { evidenceBugs } from './bugs/evidence.ts';
import { finalizingBugs } from './bugs/finalizing.ts';
import { machineBugs } from './bugs/machines.ts';
import { policyBugs } from './bugs/policy.ts';
import { rollbackBugs } from './bugs/rollback.ts';
import { startingBugs } from './bugs/starting.ts';
import type { PlantedBug } from './planted-bug.ts';

/** The deliberate defects that the simulation has to find. */
export const bugs: readonly PlantedBug[] = [
  ...startingBugs,
  ...evidenceBugs,
  ...rollbackBugs,
  ...finalizingBugs,
  ...policyBugs,
  ...machineBugs,
];
