/** A night that has been, in a ledger file of this machine, for verbs that look at one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSqliteStore } from '../../functions/ledger/sqlite-store.ts';
import { commandLine, lastingWorld } from './command-line.ts';

/** The scenario of the example, in which every kind of thing happens. */
export const exampleScenario = (): unknown => JSON.parse(readFileSync('examples/scenario.json', 'utf8'));

/**
 * Runs the wave of the input in the scenario, with its ledger in a file of the folder.
 *
 * @returns the ledger's path, and the world as it is after the night
 */
export const aNightInALedger = async (folderPath: string, scenario: unknown, input: string, name = 'night-1') => {
  const path = join(folderPath, `${name}.sqlite`);
  const store = openSqliteStore(path);
  const world = lastingWorld(scenario);
  const worlds: typeof world.worlds = async (...opening) => ({ ...(await world.worlds(...opening)), store });
  /** Runs a verb in the world of the night, whose ledger is the file. */
  const inTheNight = (argv: readonly string[], options: Parameters<typeof commandLine>[1] = {}) =>
    commandLine(argv, { ...options, worlds });
  const { exitCode, out, err } = await inTheNight(['run', input, '--region', 'us-east-1', '--name', name]);
  if (exitCode > 1) throw new Error(`the night went wrong: ${err}${out}`);
  return {
    path,
    world,
    worlds,
    inTheNight,
    close: () => {
      store.close();
    },
  };
};
