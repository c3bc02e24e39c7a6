/** The files of `rehearse --save`: the scenario, to look at, edit and rehearse again, and beside it the input for it. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import * as v from 'valibot';
import { CommandError } from '../exit-code.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import type { Subject } from './subject.ts';

/** Where a scenario and its input are saved. */
export interface SavePaths {
  readonly scenario: string;
  readonly input: string;
}

/** The paths for a scenario at `path`: `night.json` has its input in `night.input.json`. */
export function savePathsOf(path: string): SavePaths {
  const name = basename(path).replace(/\.json$/i, '');
  return { scenario: path, input: join(dirname(path), `${name}.input.json`) };
}

/**
 * Makes sure that both can be written, and that neither is a file that the rehearsal reads.
 *
 * @throws CommandError when not.
 */
export async function assertSavable(paths: SavePaths, read: readonly string[]): Promise<void> {
  const taken = new Set(read.map((path) => resolve(path)));
  for (const path of [paths.scenario, paths.input]) {
    if (taken.has(resolve(path)))
      throw new CommandError(`--save: ${path} is a file that this rehearsal reads; save under another name.`);
    await assertWritable('--save', path);
  }
}

/** Writes both. */
export async function saveSubject({ scenario, input }: SavePaths, { written, rawInput }: Subject): Promise<void> {
  const rest = Object.entries(v.parse(v.looseObject({}), written)).filter(([field]) => field !== '$schema');
  await writeWhole(scenario, jsonText({ ...schemaFor(scenario, 'scenario'), ...Object.fromEntries(rest) }), '--save');
  const kept = v.parse(v.looseObject({}), rawInput);
  await writeWhole(
    input,
    jsonText({ ...schemaFor(input, 'waves' in kept ? 'migration-input' : 'run-input'), ...kept }),
    '--save',
  );
}

/** Editors find the schema where the command is called from the repository; elsewhere there is none to name. */
function schemaFor(path: string, schema: string): { readonly $schema?: string } {
  const file = join('schemas', `${schema}.schema.json`);
  const isInside = !relative('.', path).startsWith('..');
  return isInside && existsSync(file)
    ? { $schema: relative(dirname(resolve(path)), resolve(file)).replaceAll('\\', '/') }
    : {};
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
