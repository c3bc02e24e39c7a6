/** The state machine files against the language, the rules, and the errors and handlers that exist. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { errorNames } from '../../functions/domain/errors.ts';
import { parseDefinition } from '../../local/asl.ts';
import { checkDefinition } from '../../local/asl-rules.ts';
import { statesOf } from '../../local/asl-rules/rule.ts';
import { compileMachines } from '../../local/machines.ts';
import { stateMachineFiles, stateMachines } from '../../local/state-machines.ts';

const folder = path.join(__dirname, '../../statemachine');
const machineNames = readdirSync(folder)
  .filter((file) => file.endsWith('.asl.json'))
  .map((file) => file.slice(0, -'.asl.json'.length));
const readMachine = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, `${name}.asl.json`), 'utf8'));
const files = Object.fromEntries(machineNames.map((name) => [name, readMachine(name)]));

/** Task states whose verb says that they change something in MGN. */
const mutatingStatesOf = (name: string) =>
  statesOf(parseDefinition(name, files[name]))
    .map(({ stateName }) => stateName)
    .filter((stateName) => /^(Start|Terminate|Revert|Finalize|Change|Archive)/.test(stateName));

describe('statemachine/', () => {
  it('holds the machines of a cutover', () => {
    expect(machineNames).toEqual(expect.arrayContaining(['cutover-shift', 'commit', 'rollback', 'wave-cutover']));
  });

  it.each(machineNames)('%s keeps every rule', (name) => {
    const options = { errorNames, mutatingStates: mutatingStatesOf(name) };

    expect(checkDefinition(parseDefinition(name, files[name]), options)).toEqual([]);
  });

  it('are the machines that a local run loads', () => {
    expect(stateMachineFiles).toEqual(files);
    expect([...stateMachines().keys()].sort()).toEqual([...machineNames].sort());
  });

  it('are valid in the Amazon States Language, with nothing left to fill in', () => {
    expect(() => compileMachines(files)).not.toThrow();
  });
});
