/** Work on a deployed stack from a verb that knows no other world. */
import type { Io } from '../io.ts';
import type { OpenWorld, Session } from '../world.ts';
import type { StackFlags, StackWorld } from './stack-world.ts';

/**
 * Opens the stack, works, and closes it.
 *
 * @throws CommandError and what `work` throws.
 */
export async function onStack<Result>(
  { stack, region }: StackFlags,
  io: Io,
  openWorld: OpenWorld,
  work: (world: StackWorld, session: Session) => Promise<Result>,
): Promise<Result> {
  const world = await openWorld({ stack, region }, { ledger: 'existing' }, io);
  try {
    const opened = world.stack;
    if (opened === undefined) throw new TypeError('a stack was asked for, and this world is none');
    return await world.within((session) => work({ ...world, stack: opened }, session));
  } finally {
    world.close();
  }
}
