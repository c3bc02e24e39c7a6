/** Many cases from one seed; a case that fails says how to see it again. */
import { seededRandom, type Random } from '../../../simulator/seeded-random.ts';

/** The seed of this run of the tests: 1, or what HOSTILE_SEED says. */
export const hostileSeed = Number(process.env['HOSTILE_SEED'] ?? 1);

/** How much of an input is shown when its case fails, in characters. */
const shownMax = 2_000;

/** A case that failed, with all that is needed to see it again. */
export class CaseFailedError extends Error {
  override readonly name = 'CaseFailedError';

  constructor(door: string, index: number, input: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const shown = JSON.stringify(input.slice(0, shownMax));
    super(`${door}, HOSTILE_SEED=${String(hostileSeed)}, case ${String(index)}: ${why}\ninput: ${shown}`, { cause });
  }
}

/**
 * Tries `count` cases at a door, each with chance of its own.
 *
 * @param makeInput - the input of a case
 * @param attempt - throws where something does not hold
 * @throws CaseFailedError for the first case that fails.
 */
export const tryCases = async <Input>(
  door: string,
  count: number,
  makeInput: (random: Random, index: number) => Input,
  attempt: (input: Input, index: number) => void | Promise<void>,
): Promise<void> => {
  for (let index = 0; index < count; index += 1) {
    const input = makeInput(seededRandom(hostileSeed, `${door}/${String(index)}`), index);
    try {
      await attempt(input, index);
    } catch (error) {
      throw new CaseFailedError(door, index, typeof input === 'string' ? input : JSON.stringify(input), error);
    }
  }
};
