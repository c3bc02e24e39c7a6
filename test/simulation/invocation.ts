/** The invocation of a step in whose name something is being done, and its death in the middle of its work. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Step } from '../support/a-run.ts';

/** Where an invocation dies: at its n-th call of MGN or ledger write, before or after that has taken effect. */
export interface Doom {
  readonly at: 'call' | 'ledgerWrite';
  readonly nth: number;
  readonly effect: boolean;
  /** Tells whoever invoked it. */
  readonly die: () => void;
}

/** One invocation of a step. */
export interface Invocation {
  /** The name of the execution it belongs to, as a person started it. */
  readonly execution: string;
  readonly step: Omit<Step, 'stop'>;
  /** When its code began, epoch milliseconds. */
  readonly beganAt: number;
}

interface Living extends Invocation {
  readonly doom: Doom | undefined;
  passed: number;
}

const invocations = new AsyncLocalStorage<Living>();

/** Does the work of one invocation of a step. */
export function inInvocation<Answer>(invocation: Invocation, doom: Doom | undefined, work: () => Answer): Answer {
  return invocations.run({ ...invocation, doom, passed: 0 }, work);
}

/** The invocation in whose name something is being done now. */
export const currentInvocation = (): Invocation | undefined => invocations.getStore();

/** Lets a call or a write through, unless this is where the invocation dies: then nothing ever comes back. */
export async function passing<Answer>(at: Doom['at'], work: () => Promise<Answer>): Promise<Answer> {
  const invocation = invocations.getStore();
  const doom = invocation?.doom;
  if (invocation === undefined || doom?.at !== at) return work();
  invocation.passed += 1;
  if (invocation.passed < doom.nth) return work();
  if (invocation.passed === doom.nth && doom.effect) await work().catch(() => undefined);
  doom.die();
  return new Promise<never>(() => undefined);
}
