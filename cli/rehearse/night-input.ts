/** The input of a rehearsal's nights: that of the run or migration, without what only a person or another night could answer. */
import * as v from 'valibot';
import type { RunInput } from '../../functions/domain/run-input.ts';
import { parseTime } from '../../functions/domain/window.ts';
import { rehearsedRuns, type RehearsedRun } from './rehearsed-runs.ts';

/** What the nights are to be like. */
export interface NightInputOptions {
  /** The fleet was captured from another account, by a role perhaps; in the scenario it is the caller's own. */
  readonly isCaptured: boolean;
  /** Source servers are blocked: the others are rehearsed without them, though the run itself would be refused. */
  readonly hasBlocked: boolean;
  /** A window that a run would not be let into is set aside, to measure how much is missing. */
  readonly isWindowOff: boolean;
  /** When the nights begin, epoch milliseconds. */
  readonly startMs: number;
}

/** An input as it is given to the state machine, and what of it is not as it was written, in words. */
export interface NightInput {
  readonly input: unknown;
  readonly notes: readonly string[];
}

/** The input of the nights; `rehearsedRuns` has taken the one it is made from. */
export function nightInput(rawInput: unknown, runs: readonly RehearsedRun[], given: NightInputOptions): NightInput {
  const changes = changesFor(
    runs.map(({ input }) => input),
    given,
  );
  const dropped = new Set(given.isWindowOff ? ['window'] : []);
  const input = onRuns(rawInput, (run) =>
    withOptions(without(run, new Set([...dropped, ...placeOf(given)])), changes.options),
  );
  return { input: plainJson(input), notes: changes.notes };
}

/** The input that goes with a captured scenario: its source servers are the caller's own there. */
export function inputOfScenario(rawInput: unknown): unknown {
  return plainJson(onRuns(rawInput, (run) => without(run, new Set(placeOf({ isCaptured: true })))));
}

const ObjectSchema = v.looseObject({});
type Written = Readonly<Record<string, unknown>>;

/** The members of an input where it says of itself what holds for a run: at its top, or in a migration's waves and defaults. */
function onRuns(rawInput: unknown, change: (run: Written) => Written): Written {
  const written = v.parse(ObjectSchema, rawInput);
  if (!Array.isArray(written['waves'])) return change(written);
  const waves = v.parse(v.array(ObjectSchema), written['waves']);
  return {
    ...without(written, new Set(['$schema'])),
    defaults: change(v.parse(ObjectSchema, written['defaults'] ?? {})),
    waves: waves.map((wave) => ({ ...wave, input: change(v.parse(ObjectSchema, wave['input'])) })),
  };
}

function placeOf({ isCaptured }: Pick<NightInputOptions, 'isCaptured'>): string[] {
  return ['$schema', 'plan', ...(isCaptured ? ['accountID', 'region', 'roleArn', 'finalizerRoleArn'] : [])];
}

function without(written: Written, fields: ReadonlySet<string>): Written {
  return Object.fromEntries(Object.entries(written).filter(([field]) => !fields.has(field)));
}

/** What is changed of the options, by name; a change to undefined leaves the option out. */
type OptionChanges = Readonly<Record<string, (written: unknown) => unknown>>;

function withOptions(run: Written, changes: OptionChanges): Written {
  const options = v.parse(ObjectSchema, run['options'] ?? {});
  const changed = Object.entries(changes).map(([option, change]) => [option, change(options[option])] as const);
  return { ...run, options: { ...options, ...Object.fromEntries(changed) } };
}

/** A fence this short before the start cannot have been met by a snapshot of a fleet that was read earlier. */
const fenceMs = 3_600_000;

function changesFor(
  inputs: readonly RunInput[],
  given: NightInputOptions,
): { options: OptionChanges; notes: string[] } {
  const valuesOf = (option: 'commit' | 'start') => [...new Set(inputs.map(({ options }) => options[option]))];
  const commits = valuesOf('commit').filter((commit) => commit !== 'never');
  const isRefusing = given.hasBlocked && inputs.some(({ options }) => options.onBlocked === 'refuse');
  const isFenced = inputs.some(({ options: { freshness }, window }) => {
    const { fencedAt } = freshness;
    return fencedAt !== undefined && parseTime(fencedAt, window?.zone) >= given.startMs - fenceMs;
  });
  const note = (isTold: boolean, words: string) => (isTold ? [words] : []);
  return {
    options: {
      commit: () => 'never',
      commitBy: leftOut,
      onCommitTimeout: leftOut,
      start: () => 'now',
      startBy: leftOut,
      ...(isRefusing && { onBlocked: () => 'skip' }),
      ...(isFenced && { freshness: withoutFence }),
    },
    notes: [
      ...note(
        commits.length > 0,
        `options.commit is ${quoted(commits)}: nothing is finalized in a rehearsal, so that the way back can be measured.`,
      ),
      ...note(
        valuesOf('start').includes('approve'),
        'options.start is "approve": the rehearsal starts as if it was approved.',
      ),
      ...note(
        isRefusing,
        'What is blocked is left out of the nights, and its application with it; the run itself would be refused (options.onBlocked is "refuse").',
      ),
      ...note(
        isFenced,
        'options.freshness.fencedAt is taken as met: no snapshot can be newer than a moment that is still to come.',
      ),
      ...note(
        inputs.some(({ options }) => options.hooks.length > 0),
        'Hooks are not run: each counts as done after half a minute.',
      ),
      ...note(
        given.isWindowOff,
        'The window is over or too short for what is expected, so a run is refused; the nights are played without it, to measure how much is missing.',
      ),
    ],
  };
}

const leftOut = () => undefined;

function withoutFence(written: unknown): unknown {
  return written === undefined ? undefined : without(v.parse(ObjectSchema, written), new Set(['fencedAt']));
}

function quoted(texts: readonly string[]): string {
  return texts.map((text) => `"${text}"`).join(' and ');
}

/** Without members that are undefined: what a state machine is given is JSON. Still the input of what it was. */
function plainJson(value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  rehearsedRuns(copy);
  return copy;
}
