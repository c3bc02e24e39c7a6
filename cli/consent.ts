/** Asking a person before anything is changed. */
import { createInterface } from 'node:readline';
import { shownText } from '../functions/domain/shown-text.ts';
import { CommandError } from './exit-code.ts';
import type { Io, OutputStream } from './io.ts';
import { neutral } from './live/neutral.ts';

/**
 * Makes sure that a person wants this: `--yes` says so, otherwise they are asked.
 *
 * @throws CommandError when they do not, or cannot be asked.
 */
export async function insistOnConsent(question: string, isGiven: boolean, io: Io, output: OutputStream): Promise<void> {
  if (isGiven) return;
  if (!io.isAnswerable) {
    throw new CommandError(
      'This changes servers in AWS and nobody can be asked here. Add --yes if that is meant; nothing was touched.',
    );
  }
  const answer = await ask(`${question} [y/N] `, io, output);
  if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('Not confirmed; nothing was touched.');
}

/**
 * Makes sure that a person wants what cannot be undone: they type a name, exactly as it was shown to them, or have given
 * it with `--confirm`. No flag says yes to everything.
 *
 * @throws CommandError when they do not, or cannot be asked.
 */
export async function insistOnName(
  name: string,
  { purpose, given }: { readonly purpose: string; readonly given: string | undefined },
  io: Io,
  output: OutputStream,
): Promise<void> {
  if (given === undefined && !io.isAnswerable) {
    throw new CommandError(
      `This cannot be undone and nobody can be asked here. Add --confirm ${name} if that is meant; nothing was touched.`,
    );
  }
  if ((given ?? (await ask(`Type ${name} ${purpose}: `, io, output))) === name) return;
  throw new CommandError(
    given === undefined
      ? 'That is not the name; nothing was touched.'
      : `--confirm: "${shownText(given)}" is not the name, which is ${name}; nothing was touched.`,
  );
}

/** The next line from stdin; an empty one when it ends or the person interrupts. */
function ask(question: string, io: Io, output: OutputStream): Promise<string> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: io.stdin, terminal: false });
    const answer = (text: string) => {
      stopListening();
      resolve(text);
      lines.close();
    };
    const stopListening = io.onInterrupt(() => {
      answer('');
    });
    lines.once('line', answer);
    lines.once('close', () => {
      answer('');
    });
    output.write(neutral(question));
  });
}
