/** Keeping to a saved plan: a run is begun with it, and only while every fact is as it was planned. */
import * as v from 'valibot';
import { parseRunInput, type RunInput } from '../functions/domain/run-input.ts';
import type { Audience } from './audience.ts';
import { CommandError } from './exit-code.ts';
import type { Io } from './io.ts';
import type { FactsOfServers } from './planned-facts.ts';
import { changeLines, changesSince, planForInput, readPlanFile, type PlanFile } from './saved-plan.ts';

/** A saved plan that a run is to keep to. */
export interface KeptPlan {
  readonly path: string;
  readonly file: PlanFile;
}

/** An input, with the saved plan that it is to keep to. */
export interface PlannedInput {
  /** What an execution is started with: with `--plan` it carries the plan's fingerprints, and is checked by them again. */
  readonly rawInput: unknown;
  readonly input: RunInput;
  readonly keptPlan: KeptPlan | undefined;
}

/**
 * Parses an input, and puts the saved plan at `planPath` into it where there is one.
 *
 * @throws InvalidInputError, or CommandError when the plan cannot be used with this input.
 */
export async function parsePlannedInput(
  rawInput: unknown,
  planPath: string | undefined,
  io: Pick<Io, 'stdin'>,
): Promise<PlannedInput> {
  const input = parseRunInput(rawInput);
  if (planPath === undefined) return { rawInput, input, keptPlan: undefined };
  if (input.plan !== undefined)
    throw new CommandError('--plan: INPUT has a saved plan of its own (plan); leave one of the two out.');
  const file = await readPlanFile('--plan', planPath, input, io);
  const planned = { ...v.parse(v.looseObject({}), rawInput), plan: planForInput(file) };
  return { rawInput: planned, input: parseRunInput(planned), keptPlan: { path: planPath, file } };
}

/**
 * Holds a kept plan against the facts, and says what comes of it; `now` in epoch milliseconds.
 *
 * @throws CommandError when anything has changed; nothing was touched.
 */
export function insistOnKept(
  { path, file }: KeptPlan,
  found: FactsOfServers,
  { window }: RunInput,
  { audience, now }: { readonly audience: Audience; readonly now: number },
): void {
  const changes = changesSince(file, found);
  const lines = changeLines(path, file, changes, window?.zone);
  if (changes.length === 0) {
    audience.say(lines);
    return;
  }
  const remedy = 'Nothing was started. If it is meant to be so, save the plan again with plan --save.';
  const error = new CommandError([...lines, remedy].join('\n'));
  audience.event('end', now, { exitCode: error.exitCode, error: error.message, changes });
  throw error;
}

/**
 * Refuses flags about a saved plan where the input is a migration.
 *
 * @throws CommandError when one of them is given.
 */
export function refuseForMigration(flags: Readonly<Record<string, string | undefined>>): void {
  const given = Object.keys(flags).filter((flag) => flags[flag] !== undefined);
  if (given.length === 0) return;
  throw new CommandError(
    `${given.join(' and ')}: a saved plan is of one wave, and INPUT names several (waves); use it with the input of each wave by itself.`,
  );
}
