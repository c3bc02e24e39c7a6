/** The keys of a real terminal, one at a time and unseen, for as long as a screen listens. */
import { readFileSync } from 'node:fs';
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Keys } from '../io.ts';

/** What Node tells of a key. */
interface Keypress {
  readonly name?: string | undefined;
  readonly ctrl?: boolean | undefined;
}

/**
 * Keys from `stdin`; `interrupt` is called for Ctrl-C, which reaches nobody else while keys are heard.
 *
 * @returns undefined where stdin is no terminal, or belongs to another job of the shell: to touch it would stop this process.
 */
export function keysOf(stdin: ReadStream, interrupt: () => void): Keys | undefined {
  if (!stdin.isTTY) return undefined;
  return {
    interrupt,
    listen(listener) {
      if (isInBackground()) return () => undefined;
      const onKey = (text: string | undefined, { name, ctrl = false }: Keypress) => {
        if (ctrl && name === 'c') interrupt();
        else listener({ name, text, isControl: ctrl });
      };
      emitKeypressEvents(stdin);
      stdin.setRawMode(true);
      stdin.on('keypress', onKey);
      stdin.resume();
      return () => {
        stdin.off('keypress', onKey);
        stdin.setRawMode(false);
        stdin.pause();
      };
    },
  };
}

/** Fields of /proc/PID/stat after the name, from 0: the process group, and the one that has the terminal. */
const ownGroup = 2;
const terminalGroup = 5;

/** Where that cannot be known, it is taken to be in the foreground. */
function isInBackground(): boolean {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[ownGroup] !== fields[terminalGroup];
  } catch {
    return false;
  }
}
