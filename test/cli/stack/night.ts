/** A short night on a deployed stack, and the words by which operators work with it. */
import { oneWave } from '../command-line.ts';

/** A night is many requests over sockets; on a busy machine they take their time, though none of the night's. */
jest.setTimeout(60_000);

const timings = { variation: 0, snapshotSeconds: 10, conversionSeconds: 20, launchSeconds: 20, firstBootSeconds: 45 };

/** A wave of servers that launch within minutes. */
export const aNight = (...servers: object[]) => ({ ...oneWave(...servers), defaults: { timings } });

/** The flags by which the stack is named. */
export const onStack = ['--stack', 'MgnCutover'];

/** How commands name it. */
export const stackFlags = '--stack MgnCutover --region eu-central-1';

/** Acts the first time the command writes something that matches. */
export const once = (
  pattern: RegExp,
  act: (interrupt: () => void) => void = (interrupt) => {
    interrupt();
  },
) => {
  let isDone = false;
  return (text: string, interrupt: () => void) => {
    if (isDone || !pattern.test(text)) return;
    isDone = true;
    act(interrupt);
  };
};
