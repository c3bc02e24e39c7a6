/** The project's own state machines, as they are in `statemachine/`. */
import batchCutover from '../statemachine/batch-cutover.asl.json' with { type: 'json' };
import rollback from '../statemachine/rollback.asl.json' with { type: 'json' };
import waveCutover from '../statemachine/wave-cutover.asl.json' with { type: 'json' };
import type { Residence } from './arns.ts';
import { type Machines, compileMachines } from './machines.ts';

/** The definitions by machine name, with their `${…}` not yet filled in. */
export const machineFiles = { 'wave-cutover': waveCutover, 'batch-cutover': batchCutover, rollback } as const;

/** The name of one of the project's machines. */
export type MachineName = keyof typeof machineFiles;

/** The project's machines, ready to run; a test has checked them against the language, so they are not checked again. */
export function loadMachines(residence?: Residence): Machines {
  return compileMachines(machineFiles, { validate: false, ...(residence === undefined ? {} : { residence }) });
}
