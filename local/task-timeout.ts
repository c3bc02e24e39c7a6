/** A task's timeout, which its state may take from its input (`TimeoutSecondsPath`). */
import { TIMER_MAX_SECONDS } from './machines.ts';
import { StatesRuntimeFailure, TaskFailure } from './task-failure.ts';

/**
 * The seconds that the path, such as `$.gate.delaySeconds`, selects in the state's input, before any Parameters.
 * @throws StatesRuntimeFailure where that is no positive whole number.
 */
export function secondsAt(path: string, input: unknown): number {
  const seconds = path
    .split('.')
    .slice(1)
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), input);
  if (typeof seconds !== 'number' || !Number.isInteger(seconds) || seconds < 1) {
    throw new StatesRuntimeFailure(`The TimeoutSecondsPath '${path}' does not select a positive whole number.`);
  }
  return seconds;
}

/**
 * Settles as the work does, or fails with States.Timeout after so many seconds, having told so first.
 * @throws TaskFailure
 */
export async function within<T>(seconds: number, work: Promise<T>, onTimeout: () => void): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => {
        reject(new TaskFailure('States.Timeout', ''));
        onTimeout();
      },
      Math.min(seconds, TIMER_MAX_SECONDS) * 1000,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
