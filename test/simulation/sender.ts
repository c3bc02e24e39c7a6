/** Who sent a call that could change something: the invocation in whose name it went out, and the run it worked on. */
import type { Write } from '../support/a-run.ts';
import { currentInvocation } from './invocation.ts';
import { memberOf } from './member-of.ts';
import type { Scene } from './scene.ts';

/** The invocation of a step that sent a call. */
export interface Sender {
  /** The run it worked on; undefined of a call that no step sent. */
  readonly runID: string | undefined;
  /** ARN of the execution it belongs to. */
  readonly executionID: string | undefined;
  /** Handler of the step; empty of a call that no step sent. */
  readonly handler: string;
  /** When its code began, in epoch milliseconds: what it decided by it has read since then. */
  readonly beganAt: number;
  /** The same object for all calls of one invocation. */
  readonly invocation: object;
}

const senders = new WeakMap<Write, Sender>();

/** The sender of a call, which has to be asked for as the call is sent; later on it is known. */
export function senderOf(write: Write): Sender {
  const known = senders.get(write);
  if (known !== undefined) return known;
  const invocation = currentInvocation();
  const event = invocation?.step.event;
  const sender: Sender = {
    runID: textIn(event, 'runID'),
    executionID: textIn(event, 'executionID'),
    handler: invocation?.step.handler ?? '',
    beganAt: invocation?.beganAt ?? write.atMs,
    invocation: invocation ?? write,
  };
  senders.set(write, sender);
  return sender;
}

function textIn(event: unknown, member: string): string | undefined {
  const value = memberOf(event, member);
  return typeof value === 'string' ? value : undefined;
}

/**
 * The earliest moment of which the sender may have been told when it looked (epoch milliseconds): reads may be as old as
 * the scenario's faults allow (`mgn.md` H.15).
 */
export function lookedAt({ beganAt }: Pick<Sender, 'beganAt'>, { script }: Pick<Scene, 'script'>): number {
  const ages = (script.scenario.faults ?? []).map((rule) => (rule.fault === 'staleRead' ? rule.staleSecondsMax : 0));
  return beganAt - Math.max(0, ...ages) * 1000;
}

/** How a run is called in a breach. */
export const runText = (runID: string | undefined): string => (runID === undefined ? 'no run' : `run ${runID}`);
