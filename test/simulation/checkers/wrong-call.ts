/** Calls that no run should make, sent in the name of one: for the tests of the checkers that watch calls. */
import * as v from 'valibot';
import { SourceServerIDSchema, type SourceServerID } from '../../../functions/domain/identifiers.ts';
import type { Mgn } from '../../../functions/domain/ports.ts';
import type { Step } from '../../support/a-run.ts';
import { inInvocation } from '../invocation.ts';
import type { Scene } from '../scene.ts';
import type { Doctor } from './doctored-night.ts';

/** What the calls are sent with. */
export interface Hands {
  readonly mgn: Mgn;
  readonly idOf: (hostname: string) => SourceServerID;
  readonly scene: Scene;
}

/** In whose name, if not in that of the step it follows. */
export interface Guise {
  readonly runID?: string;
  readonly handler?: string;
  /** How long ago the invocation began, in seconds. */
  readonly agedSeconds?: number;
}

/** Sends calls after the first invocation of that handler's step, or the n-th; what becomes of them is the checker's to say. */
export function afterFirst(
  handler: string,
  send: (hands: Hands) => Promise<unknown>,
  guise: Guise = {},
  nth = 1,
): Doctor {
  let seen = 0;
  return {
    afterStep: async (step, scene) => {
      if (step.handler === handler) seen += 1;
      if (step.handler === handler && seen === nth) await sendAs(step, scene, send, guise);
      return [];
    },
  };
}

/** Sends calls in the name of a step's execution. */
export async function sendAs(
  step: Omit<Step, 'stop'>,
  scene: Scene,
  send: (hands: Hands) => Promise<unknown>,
  { runID, handler = step.handler, agedSeconds = 0 }: Guise = {},
): Promise<void> {
  const { night } = scene;
  const event = runID === undefined ? step.event : { runID, executionID: `execution of ${runID}` };
  const beganAt = night.time.now() - agedSeconds * 1_000;
  const hands: Hands = {
    mgn: night.deps.mgn({}),
    idOf: (hostname) => v.parse(SourceServerIDSchema, night.idOf(hostname)),
    scene,
  };
  const invocation = { execution: 'night-1', step: { ...step, handler, event }, beganAt };
  await inInvocation(invocation, undefined, () => send(hands).catch(() => undefined));
}
