/** Symbols, words and colours of phases and verdicts. A colour never says anything that a symbol or a word does not. */
import { styleText } from 'node:util';
import type { Phase, ServerRecord } from '../../functions/domain/server-record.ts';
import type { Io } from '../io.ts';

/** How a source server is doing, for those who watch. */
export type Standing = 'waiting' | 'working' | 'good' | 'undone' | 'bad' | 'person';

const standings: Readonly<Record<Phase, Standing>> = {
  resolved: 'waiting',
  blocked: 'undone',
  ready: 'waiting',
  'terminating test instance': 'working',
  starting: 'working',
  snapshot: 'working',
  conversion: 'working',
  launch: 'working',
  'first boot': 'working',
  actions: 'working',
  verified: 'good',
  finalized: 'good',
  failed: 'bad',
  'rolling back': 'bad',
  'rolled back': 'undone',
  'not started': 'undone',
  'needs a person': 'person',
};

/** How a source server in this phase is doing. */
export function standingOf({ phase }: Pick<ServerRecord, 'phase'>): Standing {
  return standings[phase];
}

/** How doing badly comes before doing well, where not all fit. */
export const urgency: readonly Standing[] = ['person', 'bad', 'working', 'undone', 'waiting', 'good'];

/** Each is one column wide in every font that has it. */
const symbols: Readonly<Record<Standing, string>> = {
  waiting: '·',
  working: '▸',
  good: '✓',
  undone: '↺',
  bad: '✗',
  person: '!',
};

/** The symbol of a standing. */
export function symbolOfStanding(standing: Standing): string {
  return symbols[standing];
}

/** The symbol of a phase; a blocked server was never moved, so it has one of its own. */
export function symbolOf(phase: Phase): string {
  return phase === 'blocked' || phase === 'not started' ? '⊘' : symbols[standings[phase]];
}

/** Short enough for a column of a narrow terminal. */
export function phaseLabel(phase: Phase): string {
  return phase === 'terminating test instance' ? 'end test inst.' : phase;
}

/** Colours a text, or leaves it as it is. */
export interface Palette {
  of(standing: Standing, text: string): string;
  strong(text: string): string;
  faint(text: string): string;
}

const colours = {
  waiting: 'gray',
  working: 'cyan',
  good: 'green',
  undone: 'yellow',
  bad: 'red',
  person: 'red',
} as const;

/** Colours for a terminal; none where nobody sees them or NO_COLOR (no-color.org) asks for none. */
export function paletteOf(io: Pick<Io, 'isTerminal' | 'env'>): Palette {
  const isPlain = !io.isTerminal || (io.env['NO_COLOR'] ?? '') !== '' || io.env['TERM'] === 'dumb';
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    isPlain || text === '' ? text : styleText(format, text, { validateStream: false });
  return {
    of: (standing, text) => paint(colours[standing], text),
    strong: (text) => paint('bold', text),
    faint: (text) => paint('dim', text),
  };
}
