/** The page that shows every state machine with its promise. */
import { durationInWords } from './machine-graph.ts';
import { machineDefinitions, machineNames } from './machine-diagram.ts';
import { madeFrom, plainCell } from './markdown.ts';

/** Makes the page; the promises are the `Comment` of the files. */
export function machinesPage(): string {
  return [
    madeFrom('`statemachine/`'),
    '',
    '# The state machines',
    '',
    'The same files run in Step Functions and on one machine. Each picture is drawn from its file and shows every state, every rule, every retry and every catch; a test fails when a file and its picture differ. Kinds of state differ in shape: tasks are boxes, choices have points at the sides, waits lean, passes have sharp corners, ends are round, maps have a double frame. The number before a rule says in which order rules are tried.',
    '',
    'Beside these, [concepts](concepts.md) shows in one picture what a wave goes through.',
    '',
    ...machineNames.flatMap((name) => {
      const { Comment, TimeoutSeconds } = machineDefinitions[name];
      const limit =
        TimeoutSeconds === undefined
          ? ''
          : ` An execution ends after ${durationInWords(TimeoutSeconds)} at the latest.`;
      return [
        `## ${name}`,
        '',
        `${plainCell(Comment ?? '')}${limit}`,
        '',
        `[![State machine ${name}: open it to read the details](diagrams/${name}.svg)](diagrams/${name}.svg)`,
        '',
      ];
    }),
  ].join('\n');
}
