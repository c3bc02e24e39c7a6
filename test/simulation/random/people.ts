/** What people do with the tool on a night, from the dice, beside starting it: they stop, resume, answer, commit, roll back, and get in each other's way. */
import type { Act, StartAct } from '../script.ts';
import type { Asked } from './asked.ts';
import type { Dice } from './dice.ts';

/** The name of the run that a night is about. */
export const runName = 'night-1';

/** What people do after the run was started. */
export function peopleOf(
  dice: Dice,
  { input, commit, hasStartGate }: Asked,
  names: readonly [string, ...string[]],
): Act[] {
  const first: StartAct = { act: 'start', atSeconds: 0, machine: 'wave-cutover', name: runName, input };
  return [
    first,
    ...(hasStartGate ? [answerOf(dice)] : []),
    ...(commit === 'approve' && dice.chance(0.7)
      ? dice.times(dice.int(1, 2), (index) => wordOf(dice, names, index))
      : []),
    ...(dice.chance(0.2) ? [{ act: 'stop', atSeconds: dice.int(10, 2_000), name: runName } as const] : []),
    ...(dice.chance(0.25) ? [{ ...first, atSeconds: dice.int(30, 9_000) }] : []),
    ...(dice.chance(0.15) ? [rivalOf(dice, input, names)] : []),
    ...(dice.chance(0.2) ? [undoOf(dice, names)] : []),
  ];
}

function answerOf(dice: Dice): Act {
  const answer = dice.chance(0.8) ? { approve: 'start' } : { refuse: 'start' };
  const input = { runID: runName, ...answer };
  return { act: 'start', atSeconds: dice.int(60, 3_000), machine: 'commit', name: 'answer', input };
}

/** A person's word at the commit gate. */
function wordOf(dice: Dice, names: readonly [string, ...string[]], index: number): Act {
  const machine = dice.pick(['commit', 'commit', 'rollback']);
  const input = { runID: runName, ...someOf(dice, names) };
  return { act: 'start', atSeconds: dice.int(900, 9_000), machine, name: `word-${String(index + 1)}`, input };
}

/** A rollback or commit at any time, whether anybody waits for it or not. */
function undoOf(dice: Dice, names: readonly [string, ...string[]]): Act {
  const machine = dice.pick(['rollback', 'rollback', 'commit']);
  const input = { runID: runName, ...someOf(dice, names) };
  return { act: 'start', atSeconds: dice.int(60, 6_000), machine, name: 'undo-early', input };
}

/** Another run on some of the same source servers. */
function rivalOf(dice: Dice, input: Asked['input'], names: readonly [string, ...string[]]): Act {
  const { options } = input;
  const named = { sourceServerIDs: [`server:${dice.pick(names)}`], options };
  const wanted = dice.chance(0.5) ? input : named;
  return { act: 'start', atSeconds: dice.int(0, 5_000), machine: 'wave-cutover', name: 'rival', input: wanted };
}

function someOf(dice: Dice, names: readonly [string, ...string[]]): Record<string, unknown> {
  return dice.maybe(0.35, () => ({ sourceServerIDs: [`server:${dice.pick(names)}`] }));
}
