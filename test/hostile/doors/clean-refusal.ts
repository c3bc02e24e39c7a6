/** What every refusal and every line on a terminal has to be like. */

/** What a command wrote and how it ended. */
export interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Longest refusal, in characters: a screen or two, whatever the input was. */
const refusalMax = 8_000;

/** The colours that the program uses itself; every other control character is somebody else's. */
const ownColours = /\u001b\[(?:[0-9]|[1-9][0-9])m/g;

/** What draws the screen on a terminal: a second screen, going to a row, erasing, and hiding the cursor meanwhile. */
const ownMoves = /\u001b\[(?:2?[KJ]|[0-9]+;1H|\?25[lh]|\?1049[lh])/g;

const controls = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

/** The control characters that a text would give to a terminal, beside line ends and the program's own. */
export const controlsIn = (text: string): string[] => {
  const rest = text.replace(ownColours, '').replace(ownMoves, '').replaceAll('\n', '');
  const found = controls.exec(rest);
  return found === null ? [] : [JSON.stringify(rest.slice(Math.max(0, found.index - 30), found.index + 30))];
};

/** Requires a refusal: exit code 2 and one message for a person, no stack, no megabytes, nothing for the terminal. */
export const expectRefusal = ({ exitCode, out, err }: Ended): void => {
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: '' });
  expect(err).toMatch(/^mgn-cutover: \S/);
  expectTidy(err);
};

/** Requires words for a person, whatever the outcome. */
export const expectTidy = (text: string): void => {
  expect(text).not.toMatch(/\n\s+at /);
  expect(text).not.toMatch(/a defect of mgn-cutover|\[object |Maximum call stack|undefined/);
  expect(text.length).toBeLessThan(refusalMax);
  expect(controlsIn(text)).toEqual([]);
};
