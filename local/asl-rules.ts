/**
 * Rules over the files in `statemachine/`: the subset of the Amazon States Language that the local engine and AWS run
 * alike (engine.md F2) and that cannot hang, lose an error or repeat a launch (engine.md section 1). Pure: a definition
 * in, violations out.
 */
import type { Definition } from './asl.ts';
import { branchRules } from './asl-rules/branch-rules.ts';
import { dataRules } from './asl-rules/data-rules.ts';
import { machineRules, pathOfStatesRules } from './asl-rules/machine-rules.ts';
import { type RuleOptions, type Violation, statesOf } from './asl-rules/rule.ts';
import { taskRules } from './asl-rules/task-rules.ts';

const stateRules = [...pathOfStatesRules, ...taskRules, ...dataRules, ...branchRules];

/** Everything in a definition (as in the file, its `${…}` not yet filled in) that breaks a rule. */
export function checkDefinition(definition: Definition, options: RuleOptions): Violation[] {
  return [
    ...machineRules.flatMap((rule) => rule(definition)),
    ...statesOf(definition).flatMap((site) => stateRules.flatMap((rule) => rule(site, options))),
  ];
}
