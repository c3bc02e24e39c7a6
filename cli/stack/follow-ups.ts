/**
 * What the rollbacks and commits of a run and the answers to it are called: `RUN-rollback-1`, `RUN-rollback-2` … Nobody
 * keeps count; the executions that are there say what the next one is called.
 */
import * as v from 'valibot';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { CommandError } from '../exit-code.ts';
import { asksTheSame } from '../with-person.ts';
import type { ExecutionDescription, Executions } from './executions.ts';

/** A kind of execution that follows a run on a person's word. */
export type FollowUpKind = 'rollback' | 'commit' | 'approve';

/** The state machine of each kind: an answer before the start needs the right to commit, and so is given by that machine. */
const machineOf = { rollback: 'rollback', commit: 'commit', approve: 'commit' } as const;
const wordsOf = { rollback: 'A rollback', commit: 'A commit', approve: 'An answer to the start' } as const;

const nameCharactersMax = 80;

/** The name of the follow-up of this number, from 1; a long run name is cut short. */
export function followUpName(runID: RunID, kind: FollowUpKind, number: number): string {
  const suffix = `-${kind}-${String(number)}`;
  return `${runID.slice(0, nameCharactersMax - suffix.length)}${suffix}`;
}

/** The follow-ups of a run, oldest first, and the first number that is still free. */
export interface FollowUps {
  readonly known: readonly ExecutionDescription[];
  readonly nextNumber: number;
}

/** Reads them; two long run names may be cut to the same text, so each execution's input says whose it is. */
export async function readFollowUps(executions: Executions, runID: RunID, kind: FollowUpKind): Promise<FollowUps> {
  const known: ExecutionDescription[] = [];
  for (let number = 1; ; number += 1) {
    const execution = await executions.describe(machineOf[kind], followUpName(runID, kind, number));
    if (execution === undefined) return { known, nextNumber: number };
    if ((runIDIn(execution) ?? runID) === runID) known.push(execution);
  }
}

/**
 * The name for a follow-up with this input: of the one that runs with the same input, or the first that nobody has.
 *
 * @throws CommandError when one runs with another input.
 */
export async function nextFollowUp(
  { executions }: { readonly executions: Executions },
  runID: RunID,
  kind: FollowUpKind,
  input: object,
): Promise<string> {
  const { known, nextNumber } = await readFollowUps(executions, runID, kind);
  const running = known.find(({ status }) => status === 'RUNNING');
  if (running === undefined) return followUpName(runID, kind, nextNumber);
  if (asksTheSame(running.input, JSON.stringify(input))) return running.name;
  throw new CommandError(
    `${wordsOf[kind]} of run ${runID} that was asked for in other words is running since ${new Date(running.startedAt).toISOString()} (execution ${running.name}). Nothing was started; watch that one, or wait for it.`,
  );
}

const InputSchema = v.pipe(v.string(), v.parseJson(), v.looseObject({ runID: v.string() }));

/** The run that an execution works on, as its input says; undefined where that cannot be read. */
export function runIDIn({ input }: Pick<ExecutionDescription, 'input'>): string | undefined {
  const parsed = v.safeParse(InputSchema, input);
  return parsed.success ? parsed.output.runID : undefined;
}

/** What is there of a run on the stack: its own execution and those that followed it, in the order of their start. */
export async function readExecutions(executions: Executions, runID: RunID): Promise<ExecutionDescription[]> {
  const [wave, rollbacks, commits] = await Promise.all([
    executions.describe('wave-cutover', runID),
    readFollowUps(executions, runID, 'rollback'),
    readFollowUps(executions, runID, 'commit'),
  ]);
  return [...(wave === undefined ? [] : [wave]), ...rollbacks.known, ...commits.known].sort(
    (one, other) => one.startedAt - other.startedAt,
  );
}
