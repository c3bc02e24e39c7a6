/** What runs hooks, wherever that is: a service of AWS, this machine, or nobody in a rehearsal. */
import type { StepDeps } from '../shared/step.ts';
import type { HookInput } from '../domain/hook-options.ts';
import type { HookPayload } from '../domain/hook-payload.ts';
import type { HookVerdict } from '../domain/hook-record.ts';

/** What a begun try is known by: its verdict, if that was waited for, or an ID to look at it by. */
export type BegunTry = { readonly ended: HookVerdict } | { readonly externalID: string };

/** Runs hooks. */
export interface HookRunner {
  /**
   * Begins a try. It may be called again with the same token in its payload after it has thrown; that is then the same try
   * where the service can tell, and else up to the hook, which is given the token.
   *
   * @throws Error when it is not known whether the try was begun. A refusal is no error but a verdict.
   */
  start(hook: HookInput, payload: HookPayload): Promise<BegunTry>;
  /**
   * The verdict of a begun try, or undefined while it runs.
   *
   * @throws Error when it cannot be looked at for now.
   */
  look(externalID: string): Promise<HookVerdict | undefined>;
  /** Asks for a try that has had its time to be stopped; it may go on nevertheless. */
  stop(externalID: string): Promise<void>;
}

/** What a step needs of the world to run hooks. */
export interface HookDeps extends StepDeps {
  readonly hookRunner: HookRunner;
}
