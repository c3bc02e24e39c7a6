/** The picture of each state machine, made from its file. */
import commit from '../../statemachine/commit.asl.json' with { type: 'json' };
import cutoverShift from '../../statemachine/cutover-shift.asl.json' with { type: 'json' };
import migrationRun from '../../statemachine/migration-run.asl.json' with { type: 'json' };
import rollback from '../../statemachine/rollback.asl.json' with { type: 'json' };
import waveCutover from '../../statemachine/wave-cutover.asl.json' with { type: 'json' };
import { parseDefinition, type Definition, type StateGraph } from '../../local/asl.ts';
import { familyLines } from './error-families.ts';
import { layOut } from './layout.ts';
import { machineGraph } from './machine-graph.ts';
import { statesOf } from './machine-states.ts';
import { svgOf } from './svg.ts';

/** The state machines that have a picture, in the order of a night. */
export const machineNames = ['wave-cutover', 'cutover-shift', 'rollback', 'commit', 'migration-run'] as const;

/** Name of a state machine, as its file is called. */
export type MachineName = (typeof machineNames)[number];

/** The machines' definitions as their files have them, `${…}` unfilled. */
export const machineDefinitions: Readonly<Record<MachineName, Definition>> = {
  'wave-cutover': parseDefinition('wave-cutover', waveCutover),
  'cutover-shift': parseDefinition('cutover-shift', cutoverShift),
  rollback: parseDefinition('rollback', rollback),
  commit: parseDefinition('commit', commit),
  'migration-run': parseDefinition('migration-run', migrationRun),
};

/**
 * Draws a state machine as a standalone SVG: every state, every way, every retry. Ids and classes are under `sm-<name>`, so
 * that several can stand in one page; always the same text for the same file.
 */
export async function machineDiagram(name: MachineName): Promise<string> {
  const definition = machineDefinitions[name];
  const layout = await layOut(machineGraph(definition));
  return svgOf(layout, {
    prefix: `sm-${name}`,
    title: `State machine ${name}`,
    description: `${definition.Comment ?? ''} ${waysInWords(definition)}`.trim(),
    legend: legendOf(definition),
  });
}

/** For those who do not see the picture: how many states there are, and the path that everything is on. */
function waysInWords(definition: StateGraph): string {
  const names = statesOf(definition).map(([name]) => name);
  return `${String(names.length)} states, beginning with ${definition.StartAt}: ${names.join(', ')}.`;
}

function legendOf(definition: StateGraph): string[] {
  const errors = statesOf(definition).flatMap(([, { Retry = [], Catch = [] }]) =>
    [...Retry, ...Catch].flatMap(({ ErrorEquals }) => ErrorEquals),
  );
  return [
    'Solid: the next state, or the first rule that holds. Dashed: after an error that retries (n×) did not settle.',
    ...familyLines(errors),
  ];
}
