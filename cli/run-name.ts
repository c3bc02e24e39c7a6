/** What a run is called when nobody gives it a name: the same input gives the same name, so that it can be resumed. */
import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../functions/domain/identifiers.ts';
import type { RunInput } from '../functions/domain/run-input.ts';
import { shownText } from '../functions/domain/shown-text.ts';
import { CommandError } from './exit-code.ts';

/** A name made of what is cut over and a hash of the whole input, its defaults filled in. */
export function defaultRunName(input: RunInput): RunID {
  const meaning = JSON.stringify({ ...input, $schema: undefined });
  const hash = createHash('sha256').update(meaning).digest('hex').slice(0, 8);
  const target = input.waveID ?? input.applicationIDs?.[0] ?? input.sourceServerIDs?.[0] ?? 'run';
  return v.parse(RunIDSchema, `${target}-${hash}`);
}

/**
 * Parses a name that a person gave.
 *
 * @throws CommandError when no execution can have that name.
 */
export function parseRunName(what: string, name: string): RunID {
  const parsed = v.safeParse(RunIDSchema, name);
  if (parsed.success) return parsed.output;
  throw new CommandError(`${what}: ${parsed.issues[0].message} (found "${shownText(name)}").`);
}
