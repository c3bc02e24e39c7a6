/** What goes wrong with invocations of steps: Lambda's own failures, doubled and late ones, processes that die. */
import type { AroundStep, Step } from '../support/a-run.ts';
import type { Time } from '../../local/virtual-time.ts';
import { inInvocation, type Doom } from './invocation.ts';
import type { StepFault, Trouble } from './script.ts';

/** Lambda says that an invocation failed; the name is what the state machine matches. */
export class InvocationError extends Error {
  constructor(name: string) {
    super('The invocation did not answer.');
    this.name = name;
  }
}

/** Longer than any task of the machines waits for a function, in milliseconds. */
const beyondTimeoutMs = 310_000;

/** The faults of the steps of a night. */
export interface StepFaults {
  /** Stands around the steps of the execution of that name. */
  around(execution: string): AroundStep;
  /** From now on nothing goes wrong any more. */
  end(): void;
}

/** The faults of a script, told to `tell` as they happen. */
export function createStepFaults(
  faults: readonly StepFault[],
  time: Time,
  tell: (fault: StepFault, step: Step) => void,
): StepFaults {
  const due = new Map<string | number, StepFault>(
    faults.map((fault) => ['step' in fault ? fault.step : fault.place, fault]),
  );
  const repeating = new Map<string, { readonly fault: StepFault; left: number }>();
  let steps = 0;

  /** The fault of this step: its own, or one that goes on at the state it began at. */
  const faultOf = (step: Step): StepFault | undefined => {
    steps += 1;
    const place = `${step.machine}/${step.stateName}`;
    const goingOn = repeating.get(place);
    if (goingOn !== undefined && goingOn.left > 0) {
      goingOn.left -= 1;
      return goingOn.fault;
    }
    const fault = due.get(steps) ?? due.get(place);
    due.delete(place);
    if (fault?.fault === 'error') repeating.set(place, { fault, left: fault.times - 1 });
    return fault;
  };

  return {
    around: (execution) => (step, invoke) => {
      const fault = faultOf(step);
      const work = (doom?: Doom) => inInvocation({ execution, step, beganAt: time.now() }, doom, invoke);
      if (fault === undefined) return work();
      tell(fault, step);
      return spoiled(fault, step, work, time);
    },
    end: () => {
      due.clear();
      repeating.clear();
    },
  };
}

type Work = (doom?: Doom) => Promise<unknown>;

async function spoiled(fault: Trouble, step: Step, work: Work, time: Time): Promise<unknown> {
  switch (fault.fault) {
    case 'error':
      throw new InvocationError(fault.error);
    case 'lost':
      await work();
      throw new InvocationError(fault.error);
    case 'twice':
      await work();
      return work();
    case 'atOnce': {
      const other = work().catch(() => undefined);
      const answer = await work();
      await other;
      return answer;
    }
    case 'late':
      void unheard(work, fault.seconds * 1000, time);
      throw new InvocationError(fault.error);
    case 'timeout':
      await time.sleep(beyondTimeoutMs);
      return work();
    case 'dies':
      return dying(fault, work);
    case 'stop':
      step.stop();
      if (fault.seconds !== undefined) await unheard(work, fault.seconds * 1000, time);
      return undefined;
  }
}

async function unheard(work: Work, afterMs: number, time: Time): Promise<void> {
  await time.sleep(afterMs);
  await work().catch(() => undefined);
}

function dying(fault: Trouble & { fault: 'dies' }, work: Work): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const die = () => {
      reject(new InvocationError('Runtime.ExitError'));
    };
    work({ at: fault.at, nth: fault.nth, effect: fault.effect, die }).then(resolve, reject);
  });
}
