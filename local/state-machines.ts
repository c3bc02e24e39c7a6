/** The project's own state machines, ready to run locally; a test has checked the files, so nothing is validated here. */
import commit from '../statemachine/commit.asl.json' with { type: 'json' };
import cutoverShift from '../statemachine/cutover-shift.asl.json' with { type: 'json' };
import migrationRun from '../statemachine/migration-run.asl.json' with { type: 'json' };
import rollback from '../statemachine/rollback.asl.json' with { type: 'json' };
import waveCutover from '../statemachine/wave-cutover.asl.json' with { type: 'json' };
import { compileMachines, type Machines } from './machines.ts';

/** The definitions as they are in the files, by machine name. */
export const stateMachineFiles = {
  'migration-run': migrationRun,
  'wave-cutover': waveCutover,
  'cutover-shift': cutoverShift,
  rollback,
  commit,
} as const;

/** Name of a state machine that a person may start. */
export type StartableMachine = 'migration-run' | 'wave-cutover' | 'rollback' | 'commit';

let machines: Machines | undefined;

/** The machines, compiled at the first call. */
export function stateMachines(): Machines {
  machines ??= compileMachines(stateMachineFiles, { validate: false });
  return machines;
}
