/** A person's word as the input of an execution: what they ask for, and who they are. */
import type { Session, World } from './world.ts';

/** The input with `by`, where the world knows who asks; on the wall's time, because it may ask AWS. */
export async function withPerson<Input extends object>(
  { findPerson }: Pick<World, 'findPerson'>,
  { time }: Pick<Session, 'time'>,
  input: Input,
): Promise<Input & { readonly by?: string }> {
  return findPerson === undefined ? input : { ...input, by: await time.hold(findPerson()) };
}

/** Whether two texts of an execution's input ask for the same, whoever asks. */
export function asksTheSame(one: string | undefined, other: string): boolean {
  return one !== undefined && withoutPerson(one) === withoutPerson(other);
}

function withoutPerson(text: string): string {
  try {
    const input: unknown = JSON.parse(text);
    return JSON.stringify(typeof input === 'object' ? { ...input, by: undefined } : input);
  } catch {
    return text;
  }
}
