/** Plays a script and writes down what happens in it, for a person who looks for the cause. */
import { playScript, type PlayOptions, type Played } from './play.ts';
import type { Script } from './script.ts';
import type { Told } from './teller.ts';

/** A night and the lines that tell it. */
export interface Timeline {
  readonly played: Played;
  readonly lines: readonly string[];
}

/** Plays the script once more with a line for each thing that happens. */
export async function timelineOf(script: Script, options: Pick<PlayOptions, 'checkers'> = {}): Promise<Timeline> {
  const lines: string[] = [];
  const played = await playScript(script, {
    ...options,
    onTell: (told) => {
      lines.push(lineOf(told));
    },
  });
  return { played, lines };
}

const marks: Readonly<Record<Told['kind'], string>> = {
  act: '>',
  state: ' ',
  call: '*',
  fault: '!',
  end: '<',
  breach: 'X',
  calm: '-',
};

function lineOf({ atSeconds, kind, execution, text }: Told): string {
  const time = new Date(atSeconds * 1000).toISOString().slice(11, 21);
  const days = Math.floor(atSeconds / 86_400);
  const clock = days === 0 ? time : `${String(days)}d ${time}`;
  return `${clock.padStart(13)} ${marks[kind]} ${execution === '' ? '' : `[${execution}] `}${text}`;
}
