/** All states of a machine, those inside of Maps and Parallels too. */
import type { State, StateGraph } from '../../local/asl.ts';

/** Every state with its name, in the order of the file, the inner ones after the one they are in. */
export function statesOf({ States }: StateGraph): [string, State][] {
  return Object.entries(States).flatMap(([name, state]): [string, State][] => {
    const inner = [...(state.ItemProcessor === undefined ? [] : [state.ItemProcessor]), ...(state.Branches ?? [])];
    return [[name, state], ...inner.flatMap(statesOf)];
  });
}
